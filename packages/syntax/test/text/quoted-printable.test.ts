import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeQuotedPrintable,
  decodeQuotedPrintableSection,
  encodeQuotedPrintable,
  encodeQuotedPrintableSection,
} from "../../src/text/quoted-printable.ts";

describe("RFC 6376 2.11 dkim-quoted-printable", () => {
  test.each([
    ["joe", "joe"],
    ["", ""],
    ["demo run", "demo=20run"],
    ["a;b=c|d", "a=3Bb=3Dc=7Cd"],
    ["\t\r\n\x00\x7f", "=09=0D=0A=00=7F"],
    ["\xc3\xa9", "=C3=A9"],
    ['"a@b":<c>!~', '"a@b":<c>!~'],
  ])("%j is written %j", (text, encoded) => {
    expect(encodeQuotedPrintable(text)).toBe(encoded);
    expect(decodeQuotedPrintable(encoded)).toBe(text);
  });

  test.each([
    ["a b\r\n\tc", "abc"],
    ["=4\r\n 1=\t42", "AB"],
    ["=c3=A9", "\xc3\xa9"],
    ["\xc3\xa9", "\xc3\xa9"],
    ["a|b", "a|b"],
  ])("%j is read as %j", (encoded, text) => {
    expect(decodeQuotedPrintable(encoded)).toBe(text);
  });

  test.each(["=", "=4", "a=", "=G0", "=0G", "==20", "a;b", "a\0", "a\x7f"])(
    "%j is refused",
    (text) => {
      expect(decodeQuotedPrintable(text)).toBeUndefined();
    },
  );

  test("any bytes come back, encoded as dkim-safe-char and hex octets alone", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)) }),
        (text) => {
          const encoded = encodeQuotedPrintable(text);
          expect(encoded).toMatch(/^([!-:<>-{}~]|=[0-9A-F]{2})*$/);
          expect(decodeQuotedPrintable(encoded)).toBe(text);
        },
      ),
    );
  });

  test("a value that is not a byte is a mistake of the caller", () => {
    expect(() => encodeQuotedPrintable("\u0141")).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
  });

  test("1 MB is read in one pass", () => {
    expect(decodeQuotedPrintable("=41 ".repeat(250_000))).toBe("A".repeat(250_000));
    expect(decodeQuotedPrintable("a ".repeat(500_000))).toHaveLength(500_000);
    expect(encodeQuotedPrintable(" ".repeat(350_000))).toHaveLength(1_050_000);
  });
});

describe("RFC 6376 3.6.1 n=, qp-section of RFC 2045", () => {
  test.each([
    ["for the shop", "for the shop"],
    [" a\tb ", "=20a\tb=20"],
    ["a;b", "a=3Bb"],
    ["", ""],
    [" ", "=20"],
  ])("%j is written %j", (text, encoded) => {
    expect(encodeQuotedPrintableSection(text)).toBe(encoded);
    expect(decodeQuotedPrintableSection(encoded)).toBe(text);
  });

  test.each(["=", "=2", "a;b", "a\r\n b"])("%j is refused", (text) => {
    expect(decodeQuotedPrintableSection(text)).toBeUndefined();
  });
});
