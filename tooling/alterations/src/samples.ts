import { printableAsPerl, toBase64 } from "./wire-encodings.ts";

/** A message before it is signed, latin1 with CRLF. */
export interface Sample {
  readonly name: string;
  readonly text: string;
}

function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function message(header: readonly string[], body: readonly string[]): string {
  return [...header, "", ...body, ""].join("\r\n");
}

const envelope: readonly string[] = [
  "Received: from mua.harbour.example (mua.harbour.example [192.0.2.14])",
  "\tby submit.harbour.example with ESMTPSA id 7Q0aK2",
  "\tfor <crew@lists.example.net>; Tue, 24 Nov 2026 09:30:01 +0100",
  'From: "Ada J. Harbour" <ada@harbour.example>',
  'To: crew@lists.example.net, "Bell, Tom" <tom@bell.example>',
  "Cc: Zoe Quay <zoe@quay.example>, <office@harbour.example>",
  "Subject: The boat leaves on Thursday, and what everybody is to bring along this time",
  "Date: Tue, 24 Nov 2026 09:30:00 +0100",
  "Message-ID: <20261124083000.7f3a@harbour.example>",
  "In-Reply-To: <20261123170211.11c0@bell.example>",
  "References: <20261122080000.0a01@quay.example>",
  " <20261123170211.11c0@bell.example>",
  "MIME-Version: 1.0",
];

const letter: readonly string[] = [
  "Dear all,",
  "",
  "the boat leaves at nine.  Bring warm clothes,\tand a hat; the wind is from the north and it will be cold outside the harbour, whatever the forecast says by then.",
  "",
  "From the office we get:",
  "\t- two ropes",
  "\t- the chart of 1998",
  "        (the old one is lost)",
  "..and nothing else.",
  ".",
  "",
  "> On Monday Tom wrote:",
  "> I have no hat.",
  "",
  "Ada",
  "-- ",
  "Harbour Ltd., Quay 7",
];

const greetings: readonly string[] = [
  "Liebe Zoë,",
  "",
  "schöne Grüße aus dem Hafen. Das Boot fährt um neun; die Überfahrt dauert bei gutem Wetter drei Stunden, und für 20 € gibt es Kaffee für alle – auch für Müller.",
  "",
  "From dem Büro: 100 % der Karten = alle.",
  "",
  "Grüße,",
  "Ada",
];

const latinGreetings = greetings.map((line) => line.replaceAll("€", "Euro").replaceAll("–", "-"));

const picture = toBase64(
  Array.from({ length: 1400 }, (_, index) =>
    String.fromCharCode((index * 89 + (index >> 3)) & 255),
  ).join(""),
  76,
);

const html: readonly string[] = [
  "<html>",
  "<head><title>Boat</title></head>",
  '<body style="margin:0">',
  "<p>Dear all,</p>",
  "<p>the boat leaves at nine. Bring warm clothes, and a hat; the wind is from the north and it will be cold outside.</p>",
  "</body>",
  "</html>",
];

function parts(boundary: string, ...pieces: readonly (readonly string[])[]): readonly string[] {
  return [...pieces.flatMap((piece) => [`--${boundary}`].concat(piece)), `--${boundary}--`];
}

const attachment: readonly string[] = [
  'Content-Type: application/pdf; name="chart.pdf"',
  'Content-Disposition: attachment; filename="chart.pdf"',
  "Content-Transfer-Encoding: base64",
  "",
  picture,
];

/** One of each kind that mail systems treat in their own way. */
export const samples: readonly Sample[] = [
  {
    name: "plain",
    text: message(
      [
        ...envelope,
        "Content-Type: text/plain; charset=us-ascii",
        "Content-Transfer-Encoding: 7bit",
      ],
      letter,
    ),
  },
  {
    name: "attachment",
    text: message(
      [...envelope, 'Content-Type: multipart/mixed; boundary="=_harbour_7f3a"'],
      [
        "This is a multi-part message in MIME format.",
        "",
        ...parts(
          "=_harbour_7f3a",
          [
            "Content-Type: text/plain; charset=us-ascii",
            "Content-Transfer-Encoding: 7bit",
            "",
            ...letter,
            "",
          ],
          attachment,
        ),
      ],
    ),
  },
  {
    name: "alternative",
    text: message(
      [...envelope, "Content-Type: multipart/alternative;", ' boundary="----=_Part_12_34.56"'],
      parts(
        "----=_Part_12_34.56",
        [
          "Content-Type: text/plain; charset=UTF-8",
          "Content-Transfer-Encoding: quoted-printable",
          "",
          printableAsPerl(latin1(greetings.join("\r\n"))),
          "",
        ],
        [
          'Content-Type: text/html; charset="UTF-8"',
          "Content-Transfer-Encoding: quoted-printable",
          "",
          printableAsPerl(latin1(html.join("\r\n"))),
          "",
        ],
      ),
    ),
  },
  {
    name: "mixed of alternative",
    text: message(
      [...envelope, 'Content-Type: multipart/mixed; boundary="outer9"'],
      parts(
        "outer9",
        [
          'Content-Type: multipart/alternative; boundary="inner9"',
          "",
          ...parts(
            "inner9",
            [
              "Content-Type: text/plain; charset=utf-8",
              "Content-Transfer-Encoding: 8bit",
              "",
              latin1(greetings.join("\r\n")),
              "",
            ],
            [
              "Content-Type: text/html; charset=utf-8",
              "Content-Transfer-Encoding: 8bit",
              "",
              latin1(html.join("\r\n")),
              "",
            ],
          ),
          "",
        ],
        attachment,
      ),
    ),
  },
  {
    name: "8-bit",
    text: message(
      [
        ...envelope.map((line) =>
          line
            .replace('"Ada J. Harbour"', "=?utf-8?Q?Ada_Hafenbl=C3=BCher?=")
            .replace(
              /^Subject: .*/,
              "Subject: =?utf-8?B?U2Now7ZuZSBHcsO8w59lIGF1cyBkZW0gSGFmZW4sIHVu?=\r\n =?utf-8?B?ZCBiaXMgRG9ubmVyc3RhZw==?=",
            ),
        ),
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
      ],
      greetings.map(latin1),
    ),
  },
  {
    name: "8-bit latin1",
    text: message(
      [
        ...envelope.map((line) =>
          line.replace(/^Subject: .*/, "Subject: =?iso-8859-1?Q?Gr=FC=DFe?= aus dem Hafen"),
        ),
        "Content-Type: text/plain; charset=iso-8859-1; format=flowed",
        "Content-Transfer-Encoding: 8bit",
      ],
      latinGreetings,
    ),
  },
  {
    name: "quoted-printable",
    text: message(
      [
        ...envelope,
        'Content-Type: text/plain; charset="UTF-8"',
        "Content-Transfer-Encoding: quoted-printable",
      ],
      [printableAsPerl(latin1(greetings.join("\r\n")))],
    ),
  },
];
