import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromMailboxes, parseAddressList, senderMailboxes, splitMessage } from "../../src/index.ts";

function addresses(text: string): string[] {
  return parseAddressList(text).map(({ address }) => address);
}

describe("addresses (RFC 5322 3.4, 4.4; RFC 6532)", () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ["bare", "ada@example.com", ["ada@example.com"]],
    ["in angle brackets", "<ada@example.com>", ["ada@example.com"]],
    ["with a name", "Ada Harbour <ada@example.com>", ["ada@example.com"]],
    [
      "several",
      "a@example.com, B <b@example.net>,c@example.org",
      ["a@example.com", "b@example.net", "c@example.org"],
    ],
    [
      "a quoted name with specials",
      '"a@evil.example, <b@evil.example>" <c@example.com>',
      ["c@example.com"],
    ],
    ["quotes escaped in a name", '"a\\"b@evil.example" <c@example.com>', ["c@example.com"]],
    ["a name that looks like an address", "a@evil.example <c@example.com>", ["c@example.com"]],
    [
      "an encoded word that hides one",
      "=?utf-8?q?a=40evil.example_=3Cb=40evil.example=3E?= <c@example.com>",
      ["c@example.com"],
    ],
    ["comments", "(a@evil.example) c(x)@(y)example.com (z)", ["c@example.com"]],
    ["nested comments", "((a@evil.example) b@evil.example) <c@example.com>", ["c@example.com"]],
    [
      "an escaped parenthesis in a comment",
      "(\\) a@evil.example) c@example.com",
      ["c@example.com"],
    ],
    ["a comment in angle brackets", "<c(a@evil.example)@example.com>", ["c@example.com"]],
    ["a group", "Team: a@example.com, B <b@example.com>;", ["a@example.com", "b@example.com"]],
    [
      "a group whose name looks like an address",
      "a@evil.example: c@example.com;",
      ["c@example.com"],
    ],
    ["an empty group", "undisclosed-recipients:;", []],
    [
      "a group, then an address",
      "g: a@example.com; b@example.com",
      ["a@example.com", "b@example.com"],
    ],
    ["an obsolete route", "<@a.example,@b.example:c@example.com>", ["c@example.com"]],
    ["a quoted local part", '"a b"@example.com', ['"a b"@example.com']],
    ["an @ in a quoted local part", '"a@b"@example.com', ['"a@b"@example.com']],
    ["two @", "a@evil.example@example.com", ["a@evil.example@example.com"]],
    ["white space around dots and @", "a . b @ example . com", ["a.b@example.com"]],
    ["a domain literal", "a@[192.0.2.1]", ["a@[192.0.2.1]"]],
    ["a domain literal with colons", "a@[IPv6:2001:db8::1]", ["a@[IPv6:2001:db8::1]"]],
    ["UTF-8", "Zoë <zoë@bücher.example>", ["zoë@bücher.example"]],
    ["empty elements", ",, a@example.com,,", ["a@example.com"]],
    ["an open angle bracket", "A <a@example.com", ["a@example.com"]],
    ["an open quote", '"A <a@example.com>', []],
    ["an open comment", "(A <a@example.com>", []],
    [
      "two in angle brackets without a comma",
      "<a@example.com> <b@example.com>",
      ["a@example.com", "b@example.com"],
    ],
    ["two bare without a comma", "a@example.com b@example.net", ["a@example.com", "b@example.net"]],
    ["no @", "Ada", []],
    ["no local part", "@example.com", []],
    ["no domain", "ada@", []],
    ["empty angle brackets", "Mailer <>", []],
    ["nothing", "", []],
  ];
  test.each(cases)("%s", (_, text, expected) => {
    expect(addresses(text)).toEqual(expected);
  });

  test("display names and domains", () => {
    expect(parseAddressList('"Har\\"bour,  Ada" (x) <Ada@BÜCHER.example>')).toEqual([
      {
        displayName: 'Har"bour, Ada',
        address: "Ada@BÜCHER.example",
        localPart: "Ada",
        domain: "xn--bcher-kva.example",
      },
    ]);
  });

  test("every From field counts; Sender is apart", () => {
    const message = splitMessage(
      Buffer.from(
        "From: a@example.com\r\nSender: s@example.com\r\nfrom : b@example.net\r\n (c)\r\n\r\n",
      ),
    );
    expect(fromMailboxes(message).map(({ address }) => address)).toEqual([
      "a@example.com",
      "b@example.net",
    ]);
    expect(senderMailboxes(message).map(({ address }) => address)).toEqual(["s@example.com"]);
  });

  test("the domain starts after the first @ that is not in quotes", () => {
    const domains = ["a@b.example@c.example", '"a@b"@c.example', '"a\\"@b"@c.example'].map(
      (text) => parseAddressList(text)[0]?.domain,
    );
    expect(domains).toEqual(["b.example@c.example", "c.example", "c.example"]);
  });

  test("at most a thousand, however many fields", () => {
    const field = `From: ${"a@example.com,".repeat(700)}\r\n`;
    expect(fromMailboxes(splitMessage(Buffer.from(field + field))).length).toBe(1000);
    expect(parseAddressList("a@example.com,".repeat(5000)).length).toBe(1000);
  });

  test("any text gives addresses of both parts (property)", () => {
    const piece = fc.constantFrom(
      "a",
      "@",
      "<",
      ">",
      "(",
      ")",
      '"',
      "\\",
      ",",
      ";",
      ":",
      "[",
      "]",
      ".",
      " ",
      "é",
      "example.com",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        for (const { address, localPart, domain } of parseAddressList(pieces.join(""))) {
          expect(address.startsWith(`${localPart}@`)).toBe(true);
          expect(localPart).not.toBe("");
          expect(domain).not.toBe("");
        }
      }),
      { numRuns: 1000 },
    );
  });

  const hostile = ["(", "((", "<", '"', "[", "a:", "\\", "a@b ", "=?", ",", '"a" '];
  test.each(hostile)("a megabyte of %j ends", (pattern) => {
    expect(parseAddressList(pattern.repeat((1 << 20) / pattern.length)).length).toBeLessThanOrEqual(
      1000,
    );
  });
});
