import { splitMessage } from "@mailseal/syntax";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  findField,
  hasAsciiHeader,
  hasUtf8Address,
  HeaderCheck,
} from "../../src/message/header-check.ts";
import { cutAt, cuts, hostileText } from "./hostile-pieces.ts";

test("HeaderCheck finds the same for chunks of any size", () => {
  const seen = (pieces: readonly Buffer[]): unknown => {
    const check = new HeaderCheck({ headerSize: 100, headerFields: 3 });
    for (const piece of pieces) {
      check.write(piece);
    }
    check.finish();
    const { header, defect } = check;
    return header === undefined
      ? defect
      : [
          defect,
          findField(header, "bind"),
          hasAsciiHeader(header),
          { ...header, bytes: Buffer.from(header.bytes).toString("latin1") },
        ];
  };
  fc.assert(
    fc.property(hostileText, cuts, (bytes, at) => {
      expect(seen(cutAt(bytes, at))).toEqual(seen([bytes]));
    }),
    {
      // The last line has no line end and begins one field too many, which is known only at the end of the message.
      examples: [[Buffer.from("a\r\nReceived: \r\n\r\r\n:"), []]],
    },
  );
});

test.each([
  ["header-too-large", `X: ${"y".repeat(200)}`],
  ["header-too-large", "x".repeat(101)],
  ["too-many-fields", "A: 1\r\nB: 2\r\nnot a field\r\nD: 4\r\n\r\n"],
])("%s", (defect, text) => {
  const check = new HeaderCheck({ headerSize: 100, headerFields: 3 });
  check.write(Buffer.from(text));
  expect(check.defect).toBe(defect);
  check.write(Buffer.from("more"));
  check.finish();
  expect(check.header).toBeUndefined();
});

test.each([
  [100, undefined],
  [101, "mail-loop"],
])("%i hops", (count, defect) => {
  const check = new HeaderCheck({ headerSize: 10_000, headerFields: 1000 });
  check.write(Buffer.from(`${"received: x\r\n".repeat(count)}\r\n`));
  expect(check.defect).toBe(defect);
});

describe("the facts of a header that an SMTP server needs", () => {
  test.each([
    ["From: joe@example.com", true, false],
    ["Subject: h\u00e9", false, false],
    ["From: J\u00f6 <joe@example.com>", false, false],
    ["From: j\u00f6@example.com", false, true],
    ["Resent-To: a@x,\r\n j\u00f6@example.com", false, true],
    ['Reply-To: "j\u00f6 x" <a@b>', false, false],
    ["X-From: j\u00f6@example.com", false, false],
  ])("%s", (field, isAscii, hasUtf8) => {
    const header = splitMessage(Buffer.from(`To: b@example.net\r\n${field}\r\n\r\n`));
    expect([hasAsciiHeader(header), hasUtf8Address(header)]).toEqual([isAscii, hasUtf8]);
  });

  test("an address in Latin-1 is not taken for UTF-8", () => {
    const header = splitMessage(Buffer.from("From: j\xf6@example.com\r\n\r\n", "latin1"));
    expect([hasAsciiHeader(header), hasUtf8Address(header)]).toEqual([false, false]);
  });

  test("a field is found by its name, unfolded", () => {
    const header = splitMessage(Buffer.from("A: 1\r\nBIND:\r\n\tone\r\n  two \r\nBind: 2\r\n\r\n"));
    expect(findField(header, "Bind")).toEqual({ value: "one two", start: 6, end: 27 });
    expect(findField(header, "Other")).toBeUndefined();
  });
});
