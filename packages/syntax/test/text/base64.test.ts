import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "../../src/text/base64.ts";

const bytesOf = (text: string): number[] | undefined => {
  const bytes = decodeBase64(text);
  return bytes && [...bytes];
};

describe("RFC 6376 2.10 base64string", () => {
  test.each([
    ["", []],
    ["AA==", [0]],
    ["AAA=", [0, 0]],
    ["AAAA", [0, 0, 0]],
    ["+/+/", [0xfb, 0xff, 0xbf]],
    ["/w==", [0xff]],
    ["//8=", [0xff, 0xff]],
    [" A A\t=\r\n = ", [0]],
    ["AAAA\r\n AAAA", [0, 0, 0, 0, 0, 0]],
    ["AAA\r\n AAAAA", [0, 0, 0, 0, 0, 0]],
    ["AAAAA\n AAAAAA A", [0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])("%j", (text, bytes) => {
    expect(bytesOf(text)).toEqual(bytes);
  });

  test.each([
    ["A", "one digit"],
    ["AA", "no padding"],
    ["AAA", "no padding"],
    ["AA=", "too little padding"],
    ["AA===", "too much padding"],
    ["AAA==", "too much padding"],
    ["AAAA=", "padding not needed"],
    ["AAAA==", "padding not needed"],
    ["AAAAA===", "one digit in the last group"],
    ["=", "padding alone"],
    ["====", "padding alone"],
    ["A===", "one digit"],
    ["AB==", "bits no byte uses"],
    ["AAB=", "bits no byte uses"],
    ["AA==AA==", "data after padding"],
    ["AA==A", "data after padding"],
    ["AA=A", "data between padding"],
    ["AA== x", "something after padding"],
    ["AA-_", "the URL alphabet"],
    ["AAAA;", "a semicolon"],
    ["AAAA.", "an illegal character"],
    ["AA\0A", "a control"],
    ["AAAA\xa0", "a no-break space"],
    ["AAA\u0141", "a character beyond latin1"],
  ])("%j is refused: %s", (text) => {
    expect(bytesOf(text)).toBeUndefined();
  });

  test("agrees with Node both ways, white space anywhere", () => {
    const white = fc.constantFrom("", "", "", " ", "\r\n ", "\t");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 99 }), fc.infiniteStream(white), (bytes, spaces) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        const spaced = Array.from(text, (character) => character + spaces.next().value).join("");
        expect(decodeBase64(spaced)).toEqual(bytes);
      }),
    );
  });

  test("whatever is accepted is the one spelling of its bytes", () => {
    const texts = fc.oneof(
      fc.base64String(),
      fc.string({ unit: fc.constantFrom("A", "B", "Q", "g", "=", "/", " ", "-") }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = decodeBase64(text);
        const spelling = bytes && encodeBase64(bytes);
        expect([undefined, text.replaceAll(" ", "")]).toContain(spelling);
      }),
    );
  });

  test("1 MB is read in one pass", () => {
    expect(decodeBase64("AAA\r\n ".repeat(160_000) + "AAAA".repeat(40_000))).toHaveLength(480_000);
    expect(decodeBase64("=".repeat(1_000_000))).toBeUndefined();
  });
});
