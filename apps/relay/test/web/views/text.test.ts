import { expect, test } from "vitest";
import { age, count, duration, percent, shown, time } from "../../../src/web/views/text.ts";

test("hostile text stays on one line, and long text is cut", () => {
  expect(shown("a\r\n\u0000\u202eb")).toBe("a\\u000d\\u000a\\u0000\\u202eb");
  expect(shown("x".repeat(300))).toBe(`${"x".repeat(200)}…`);
  expect(shown("abcd", 3)).toBe("abc…");
  expect(shown("abc", 3)).toBe("abc");
});

test.each([
  [undefined, "–"],
  [0, "0.00 µs"],
  [999, "1.00 µs"],
  [12_340, "12.3 µs"],
  [123_456_789, "123 ms"],
  [119e9, "119 s"],
  [120e9, "2.00 min"],
  [7200e9, "2.00 h"],
])("%s ns is %s", (ns, text) => {
  expect(duration(ns)).toBe(text);
});

test.each([
  [0, 0, "–"],
  [0, 7, "0 %"],
  [7, 7, "100 %"],
  [1, 3, "33.3 %"],
  // All but one is not all.
  [99_999, 100_000, "99.9 %"],
])("%i of %i is %s", (part, whole, text) => {
  expect(percent(part, whole)).toBe(text);
});

test.each([
  [3599, "new"],
  [7200, "2 hours"],
  [86_400, "24 hours"],
  [2 * 86_400, "2 days"],
  [729 * 86_400, "729 days"],
  [730 * 86_400, "2 years"],
])("an age of %i s is %s", (seconds, text) => {
  expect(age(seconds)).toBe(text);
});

test("numbers are grouped, and times are in UTC", () => {
  expect(count(1_234_567)).toBe("1,234,567");
  expect(String(time(0))).toBe(
    '<time datetime="1970-01-01T00:00:00.000Z">1970-01-01 00:00:00 UTC</time>',
  );
});
