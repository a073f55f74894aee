import { expect, test } from "vitest";
import type { RecipientReport } from "../../src/dsn/notice.ts";
import { oneLine, recipientFields, replyText, shortened } from "../../src/dsn/status-fields.ts";
import { decoded, failure, reported } from "./reported.ts";

test("addresses of the type utf-8 are written as in RFC 6533 3: in ASCII with + = and \\ encoded, otherwise decoded", () => {
  const recipients = [
    {
      ...failure("añn+x@example.net"),
      recipient: {
        address: "añn+x@example.net",
        dsn: { orcpt: "utf-8;a\\x{F1}n\\x{2B}x\\x{D800}@example.net" },
      },
    },
  ];
  const inAscii = reported({ recipients }).text;
  expect(inAscii).toContain("Final-Recipient: utf-8; a\\x{F1}n\\x{2B}x@example.net\r\n");
  expect(inAscii).toContain("Original-Recipient: utf-8;a\\x{F1}n\\x{2B}x\\x{5C}x{D800}@");
  const envelope = { from: "joe@sender.example", smtputf8: true };
  const inUtf8 = decoded(reported({ recipients, envelope }).text);
  expect(inUtf8).toContain("Original-Recipient: utf-8;añn+x\\x{D800}@example.net\r\n");
});

test("the class of a status is that of its action, and no number has leading zeros (RFC 3464 2.3.4)", () => {
  const replied = (code: number, enhancedCode?: string): RecipientReport["reply"] => ({
    code,
    text: "x",
    ...(enhancedCode === undefined ? {} : { enhancedCode }),
  });
  const { text } = reported({
    recipients: [
      failure("a@x.test", { reply: replied(550, "5.01.001") }),
      failure("b@x.test", { reply: replied(550, "2.1.5") }),
      failure("c@x.test", { reply: replied(354), action: "delayed" }),
      failure("d@x.test", { reply: replied(450, "5.7.1"), action: "delayed" }),
      failure("e@x.test", { reply: replied(250, "5.0.0"), action: "relayed" }),
      failure("f@x.test", { reply: replied(550, "4.7.1") }),
    ],
  });
  expect(text.match(/(?<=^Status: )[\d.]+/gm)).toEqual([
    "5.1.1",
    "5.1.5",
    "4.0.0",
    "4.7.1",
    "2.0.0",
    "4.7.1",
  ]);
});

test("the fields of a recipient end with an empty line, and a delay says until when there are retries", () => {
  const times = { nowMs: Date.UTC(2026, 8, 21, 12), expiresMs: Date.UTC(2026, 8, 26, 12) };
  const fields = recipientFields(failure("ann@example.net", { action: "delayed" }), "ascii", times);
  expect(fields).toEqual([
    "Final-Recipient: rfc822; ann@example.net",
    "Action: delayed",
    "Status: 4.1.1",
    "Remote-MTA: dns; mx.test",
    "Diagnostic-Code: smtp; 550 5.1.1 No such user",
    "Last-Attempt-Date: Mon, 21 Sep 2026 12:00:00 +0000",
    "Will-Retry-Until: Sat, 26 Sep 2026 12:00:00 +0000",
    "",
  ]);
});

test("no reply can add a field or a line", () => {
  const hostile = "no\r\nAction: relayed\n\u001b[2J";
  expect(oneLine(hostile)).not.toMatch(/\p{Cc}/u);
  expect(replyText({ code: 550, text: hostile })).not.toMatch(/\p{Cc}/u);
  const reply = { code: 550, text: hostile, host: "mx\r\n.test" };
  const fields = recipientFields(failure("ann@example.net", { reply }), "unicode", {
    nowMs: 0,
    expiresMs: 0,
  });
  expect(fields.filter((field) => field.startsWith("Action: "))).toEqual(["Action: failed"]);
  expect(fields.join("")).not.toMatch(/\p{Cc}/u);
});

test.each([
  [900, 900],
  [901, 903],
])("a value of %i characters has %i in its field", (length, shown) => {
  expect(shortened("a".repeat(length))).toHaveLength(shown);
});
