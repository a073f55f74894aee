/** A message as an ordinary program writes it, for tests that need mail rather than a single oddity. */
export interface OrdinaryMessage {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface MessageParts {
  /** Header lines without their line ending, in order; by default those of a plain message. */
  readonly header?: readonly string[];
  /** Body lines without their line ending. */
  readonly body?: readonly string[];
  readonly lineEnding?: "\r\n" | "\n";
  /** The encoding of the text; utf8 by default. */
  readonly encoding?: "utf8" | "latin1";
}

const plainHeader: readonly string[] = [
  "Received: from client.example.com ([192.0.2.1])",
  "\tby submit.example.com with ESMTPSA; Thu, 1 Jan 2026 10:00:00 +0100",
  "From: Alice Archer <alice@example.com>",
  "To: Bob <bob@example.net>, carol@example.org",
  "Subject: Is dinner ready?",
  "Date: Thu, 1 Jan 2026 10:00:00 +0100",
  "Message-ID: <20260101.1@example.com>",
];
const plainBody: readonly string[] = [
  "Hi.",
  "",
  "We lost the game.  Are you hungry yet?",
  "",
  "A.",
];

/** Builds a message. The default is a short plain text from alice@example.com. */
export function buildMessage(parts: MessageParts = {}): Uint8Array {
  const { header = plainHeader, body = plainBody, lineEnding = "\r\n", encoding = "utf8" } = parts;
  const lines = [...header, "", ...body].map((line) => line + lineEnding);
  return new Uint8Array(Buffer.from(lines.join(""), encoding));
}

function multipart(): Uint8Array {
  const boundary = "=_part_1";
  return buildMessage({
    header: [
      ...plainHeader,
      "MIME-Version: 1.0",
      "Content-Type: multipart/alternative;",
      ` boundary="${boundary}"`,
      "List-Unsubscribe: <https://example.com/u?a=1>, <mailto:leave@example.com>",
      "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ],
    body: [
      "This is a multi-part message.",
      `--${boundary}`,
      "Content-Type: text/plain; charset=utf-8",
      "",
      "Hello\tworld ",
      "",
      `--${boundary}`,
      "Content-Type: text/html",
      "",
      "<p>Hello&nbsp;world</p>",
      "",
      `--${boundary}--`,
    ],
  });
}

/** One message of each ordinary kind; the same bytes every time. */
export function ordinaryMessages(): readonly OrdinaryMessage[] {
  const plain = buildMessage();
  return [
    { name: "plain", bytes: plain },
    { name: "multipart", bytes: multipart() },
    { name: "line feeds only", bytes: buildMessage({ lineEnding: "\n" }) },
    {
      name: "8-bit UTF-8",
      bytes: buildMessage({
        header: ["From: Zoë <zoe@example.com>", "Subject: Grüße", "To: 用户@例子.example"],
        body: ["Schöne Grüße", "日本語のテキスト", "🎉"],
      }),
    },
    {
      name: "8-bit latin1",
      bytes: buildMessage({
        body: ["Sch\u{f6}ne Gr\u{fc}\u{df}e \u{a0}", "\u{ff}"],
        encoding: "latin1",
      }),
    },
    {
      name: "encoded words in the display name",
      bytes: buildMessage({
        header: [
          "From: =?utf-8?b?Wm/Dqw==?= =?iso-8859-1?q?_M=FCller?=",
          " <zoe@example.com>",
          ...plainHeader.filter((line) => !line.startsWith("From:")),
        ],
      }),
    },
    {
      name: "long lines",
      bytes: buildMessage({ body: ["x".repeat(998), "word ".repeat(2000), "y".repeat(70_000)] }),
    },
    {
      name: "white space at line ends",
      bytes: buildMessage({ body: ["a \t ", "\t", "  b\t\tc  ", " ", "", ""] }),
    },
    { name: "empty body", bytes: buildMessage({ body: [] }) },
    { name: "blank lines only", bytes: buildMessage({ body: ["", "", ""] }) },
    { name: "no separator line", bytes: buildMessage({ body: [] }).subarray(0, -2) },
    { name: "no final line ending", bytes: plain.subarray(0, -2) },
  ];
}
