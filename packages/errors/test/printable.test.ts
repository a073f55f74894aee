import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asciiLine, printable, printableLine, printableName, quoted } from "../src/printable.ts";

test.each([
  ["plain text, caf\u00e9, \u6f22\u5b57", "plain text, caf\u00e9, \u6f22\u5b57"],
  ["a\u001b[31mb\r\n", "a\\u001b[31mb\\u000d\\u000a"],
  ["\u007f\u0085\u2028\u2029", "\\u007f\\u0085\\u2028\\u2029"],
  ["user\u202egnp.exe\u2066", "user\\u202egnp.exe\\u2066"],
])("printable(%j)", (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test.each([
  ["  one \r\n two\n\nthree ", 500, "one two three"],
  ["bell\u0007", 500, "bell\\u0007"],
  ["x".repeat(10), 10, "x".repeat(10)],
  ["x".repeat(11), 10, `${"x".repeat(10)}...`],
])("printableLine(%j, %d)", (text, maxLength, line) => {
  expect(printableLine(text, maxLength)).toBe(line);
});

test.each([
  ["550 no such user", 300, "550 no such user"],
  ["caf\u00e9\r\n", 300, "caf???"],
  ["x".repeat(301), 300, `${"x".repeat(300)}...`],
])("asciiLine(%j, %d)", (text, maxLength, line) => {
  expect(asciiLine(text, maxLength)).toBe(line);
});

test.each([
  ['a "b"', '"a \\"b\\""'],
  ["\u202e\n", '"\\u202e\\n"'],
  ["x".repeat(81), `"${"x".repeat(80)}..."`],
])("quoted(%j)", (text, shown) => {
  expect(quoted(text)).toBe(shown);
});

describe("printableName", () => {
  const cases: readonly (readonly [raw: string, name: string])[] = [
    ["example.com", "example.com"],
    ["", ""],
    ["a\u001b[31mb\r\n", "a\\u{1b}[31mb\\u{d}\\u{a}"],
    ["m\u00fcnchen.example", "m\\u{fc}nchen.example"],
    ["\u{1f600}\ud800", "\\u{1f600}\\u{d800}"],
    ["<script>&\"'", "<script>&\"'"],
    ["x".repeat(253), "x".repeat(253)],
    ["x".repeat(254), `${"x".repeat(250)}...`],
    ["\0".repeat(1 << 20), `${"\\u{0}".repeat(50)}...`],
  ];

  test.each(cases)("%j", (raw, name) => {
    expect(printableName(raw)).toBe(name);
  });

  test("any text becomes short and printable, and stays as it is then", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (raw) => {
        const name = printableName(raw);
        expect(name).toMatch(/^[ -~]{0,253}$/);
        expect(printableName(name)).toBe(name);
      }),
    );
  });
});
