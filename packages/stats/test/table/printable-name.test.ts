import fc from "fast-check";
import { expect, test } from "vitest";
import { printableName } from "../../src/index.ts";

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
