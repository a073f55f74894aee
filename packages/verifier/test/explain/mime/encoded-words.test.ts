import { expect, test } from "vitest";
import { decodeWords, splitWords } from "../../../src/explain/mime/encoded-words.ts";

test.each([
  ["no words", "no words"],
  ["=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"],
  ["=?iso-8859-1?q?Gr=FC=DFe_aus?= dem Hafen", "Grüße aus dem Hafen"],
  ["=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3=9Fe?=", "Grüße"],
  ["=?no-such?Q?a?=", undefined],
])("%s (RFC 2047 2, 6.2)", (value, text) => {
  expect(decodeWords(value)).toBe(text);
});

test("words hold whole characters, and as many as fit", () => {
  const style = { label: "utf-8", letter: "Q", plain: "A-Za-z", firstRoom: 30, room: 40 };
  const words = splitWords("Grüße aus dem Hafen von Ærø", style) ?? [];
  expect(words.length).toBeGreaterThan(1);
  for (const [index, word] of words.entries()) {
    expect(word.length).toBeLessThanOrEqual(index === 0 ? 30 : 40);
    expect(decodeWords(word)).toBeDefined();
  }
  expect(decodeWords(words.join(" "))).toBe("Grüße aus dem Hafen von Ærø");
});

test("undefined for a charset that has not all characters", () => {
  const style = { label: "iso-8859-1", letter: "B", plain: "A-Z", firstRoom: 75, room: 75 };
  expect(splitWords("€", style)).toBeUndefined();
});
