import type { ReportedMessage } from "@mailseal/testkit/milter-report";

type Field = readonly [name: string, value: string];

const authors = [
  "Joe <joe@example.com>",
  "joe@sub.example.com",
  '"The CEO, Ltd." <CEO@Example.ORG>',
  "=?utf-8?q?J=C3=B6rg?= <joerg@example.net>",
  "Ann <ann@example.com>",
  "list-owner (owner) <owner@news.example.net>",
  "stranger@unrelated.example",
  "ceo@deep.sub.example.com",
];
const clients: readonly (readonly [name: string, address: string])[] = [
  ["localhost", "127.0.0.1"],
  ["inside.example", "10.2.3.4"],
  ["peer.example", "10.8.3.4"],
  ["kept-out.example", "10.9.3.4"],
  ["let-in.example", "10.9.1.1"],
  ["outside.example", "192.0.2.66"],
];
const basic: readonly Field[] = [
  ["To", "bob@example.net"],
  ["Subject", "Lunch"],
  ["Date", "Thu, 1 Jan 2026 10:00:00 +0100"],
  ["Message-ID", "<1@example.com>"],
];
const headers: readonly (readonly Field[])[] = [
  basic,
  [
    ["Received", "by b.example"],
    ["Received", "by a.example"],
    ...basic,
    ["Cc", "carol@example.org"],
  ],
  [...basic.toReversed(), ["Reply-To", "answers@example.com"], ["X-Campaign", "7"]],
  [["TO", "x@y.example,\n\tz@y.example"], ["sUBJECT", " two  spaces "], ...basic.slice(2)],
  [
    ...basic,
    ["List-Id", "<l.example.net>"],
    ["List-Help", "<mailto:h@l.example.net>"],
    ["List-Unsubscribe", "<mailto:u@l.example.net>"],
  ],
  [
    ...basic,
    ["MIME-Version", "1.0"],
    ["Content-Type", "text/plain;\n charset=utf-8"],
    ["Sender", "s@example.com"],
  ],
  [
    ...basic,
    ["Resent-From", "r@example.com"],
    ["Resent-To", "t@example.net"],
    ["Comments", "c"],
    ["Keywords", "k"],
  ],
  [
    ["References", "<0@example.net>"],
    ["In-Reply-To", "<0@example.net>"],
    ...basic,
    ["Subject", "another"],
  ],
];
const bodies = [
  "Hi.\r\n",
  "",
  "Two lines  \r\n\r\nand blank ones.\r\n\r\n\r\n",
  "A\ttab and  spaces \r\n",
];

/** Forty messages: their authors, clients, fields and bodies in ever other combinations. */
export const messages: readonly ReportedMessage[] = Array.from({ length: 40 }, (_, index) => {
  const author = authors[index % authors.length] ?? "";
  // Of five rounds two are all of this machine's own mail, and the last of users who have logged in.
  const round = Math.floor(index / authors.length);
  const [name, address] = clients[round < 2 ? 0 : (index + round) % clients.length] ?? ["", ""];
  const [first, ...others] = headers[(index + 3 * round) % headers.length] ?? basic;
  const from: Field = ["From", author];
  return {
    client: { family: "4", name, address },
    from: "joe@example.com",
    recipients: ["bob@example.net"],
    macros: {
      i: "Q1",
      j: "mx.example.org",
      ...(round === 4 ? { auth_type: "PLAIN", auth_authen: "joe" } : {}),
    },
    header: (first === undefined ? [from] : [first, from, ...others]).map((field) =>
      field.join(": "),
    ),
    body: bodies[(index + round) % bodies.length] ?? "",
  };
});
