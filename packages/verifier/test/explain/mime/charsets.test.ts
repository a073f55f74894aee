import { expect, test } from "vitest";
import { charsetLabels, decodeCharset, encodeCharset } from "../../../src/explain/mime/charsets.ts";

test.each([
  ["utf-8", "Grüße €", "Gr\u00c3\u00bc\u00c3\u009fe \u00e2\u0082\u00ac"],
  ["iso-8859-1", "Grüße", "Gr\u00fc\u00dfe"],
  ["windows-1252", "Grüße €", "Gr\u00fc\u00dfe \u0080"],
  ["us-ascii", "Hello", "Hello"],
])("%s there and back", (charset, text, bytes) => {
  expect(encodeCharset(text, charset)).toBe(bytes);
  expect(decodeCharset(bytes, charset)).toBe(text);
});

test("undefined for characters and octets that a charset does not have", () => {
  expect(encodeCharset("€", "iso-8859-1")).toBeUndefined();
  expect(encodeCharset("ü", "us-ascii")).toBeUndefined();
  expect(encodeCharset("漢", "windows-1252")).toBeUndefined();
  expect(encodeCharset("a", "koi8-r")).toBeUndefined();
  expect(decodeCharset("\u00fc", "utf-8")).toBeUndefined();
  expect(decodeCharset("a", "no-such-charset")).toBeUndefined();
});

test("every label is one that text can be written in", () => {
  for (const label of charsetLabels) {
    expect(encodeCharset("abc", label)).toBe("abc");
  }
});
