import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeUtf8Text, encodeUtf8Text, isAscii } from "../../src/text/utf8.ts";

test("text becomes its UTF-8 octets as latin1, and back (property)", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const latin1 = encodeUtf8Text(text);
      expect(Buffer.from(latin1, "latin1")).toEqual(Buffer.from(text, "utf8"));
      expect(decodeUtf8Text(latin1)).toBe(text);
    }),
  );
});

test("a text longer than a step is encoded whole", () => {
  const text = "\u00e9".repeat(20_000);
  expect(encodeUtf8Text(text)).toBe(Buffer.from(text).toString("latin1"));
});

test.each([
  ["a continuation octet alone", "a\u0080"],
  ["an overlong form", "\u00c0\u00af"],
  ["a surrogate", "\u00ed\u00a0\u0080"],
  ["a character cut off", "\u00c3"],
  ["a character that is no octet", "\u0153\u00e9"],
])("%s is not UTF-8", (_, latin1) => {
  expect(decodeUtf8Text(latin1)).toBeUndefined();
});

test("a byte order mark is text", () => {
  expect(decodeUtf8Text("\u00ef\u00bb\u00bfa")).toBe("\ufeffa");
});

test("ASCII has nothing above 0x7f", () => {
  expect([isAscii(""), isAscii("a\u007f"), isAscii("a\u0080")]).toEqual([true, true, false]);
});
