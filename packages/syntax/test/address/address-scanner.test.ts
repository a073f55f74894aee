import fc from "fast-check";
import { expect, test } from "vitest";
import { AddressScanner } from "../../src/address/address-scanner.ts";

function scanned(text: string): unknown {
  return Array.from(new AddressScanner(text), ({ phrase, address }) => [
    address ?? phrase.addressLikeWords().join(" "),
    phrase.displayText(),
  ]);
}

test.each([
  ["a@b.example", [["a@b.example", "a@b.example"]]],
  [
    'Ann <a@b.example>, "B, C" <c@d.example>;e@f.example',
    [
      ["a@b.example", "Ann"],
      ["c@d.example", "B, C"],
      ["e@f.example", "e@f.example"],
    ],
  ],
  [
    "group: a@b.example, c@d.example;",
    [
      ["a@b.example", "a@b.example"],
      ["c@d.example", "c@d.example"],
    ],
  ],
  ["Ann (a (nested), <x@y.example>) <a@b.example>", [["a@b.example", "Ann"]]],
  ["<@relay.example:a@b.example>", [["a@b.example", ""]]],
  ["a @ b . example", [["a@b.example", "a @ b . example"]]],
  ['"not@this" <a@b.example>', [["a@b.example", "not@this"]]],
  [
    "<a@b.example><c@d.example>",
    [
      ["a@b.example", ""],
      ["c@d.example", ""],
    ],
  ],
  ["a@[192.0.2.1,x]", [["a@[192.0.2.1,x]", "a@[192.0.2.1,x]"]]],
  ["<a@b.example", [["a@b.example", ""]]],
  ["", []],
])("%j is split at its commas and semicolons", (text, expected) => {
  expect(scanned(text)).toEqual(expected);
});

test("any text is scanned once, without a throw (property)", () => {
  const pieces = fc.constantFrom(
    "(",
    ")",
    '"',
    "\\",
    "<",
    ">",
    ",",
    ";",
    ":",
    "[",
    "]",
    "a@b",
    " ",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 80 }), (parts) => {
      const text = parts.join("");
      const found = [...new AddressScanner(text)];
      expect(found.length).toBeLessThanOrEqual(text.length + 1);
      for (const { phrase } of found) phrase.addressLikeWords();
    }),
  );
});
