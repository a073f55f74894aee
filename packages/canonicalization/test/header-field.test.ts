import type { Canonicalization } from "@mailseal/syntax";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteSink, canonicalizeField, canonicalizeSignatureField } from "../src/index.ts";
import { referenceField } from "./support/reference.ts";

function canonical(field: string, mode: Canonicalization): string {
  const sink = new ByteSink();
  const bytes = Buffer.from(field, "latin1");
  canonicalizeField(bytes, 0, bytes.length, mode, sink);
  return Buffer.from(sink.bytes()).toString("latin1");
}

describe("RFC 6376 3.4.1, 3.4.2", () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ["the example of 3.4.5, first", "A: X\r\n", "A: X\r\n", "a:X\r\n"],
    ["the example of 3.4.5, second", "B : Y\t\r\n\tZ  \r\n", "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n"],
    ["empty value", "A:\r\n", "A:\r\n", "a:\r\n"],
    ["value of white space", "A: \t \r\n", "A: \t \r\n", "a:\r\n"],
    ["a colon in the value", "A: b: c\r\n", "A: b: c\r\n", "a:b: c\r\n"],
    ["Unix line ends", "A: b\n c\n", "A: b\r\n c\r\n", "a:b c\r\n"],
    ["no line end", "A: b", "A: b\r\n", "a:b\r\n"],
    ["a fold first and last", "A:\r\n b\r\n \r\n", "A:\r\n b\r\n \r\n", "a:b\r\n"],
    ["a bare CR is content", "A: b\r c\r\n", "A: b\r c\r\n", "a:b\r c\r\n"],
    ["NUL and 8-bit are content", "A: \0é\u00a0 \r\n", "A: \0é\u00a0 \r\n", "a:\0é\u00a0\r\n"],
    ["letters of the name only", "X-É-A: B\r\n", "X-É-A: B\r\n", "x-É-a:B\r\n"],
  ];
  test.each(cases)("%s", (_, field, simple, relaxed) => {
    expect(canonical(field, "simple")).toBe(simple);
    expect(canonical(field, "relaxed")).toBe(relaxed);
  });
});

test("of the octets that a name may have, only letters change", () => {
  const visible = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at));
  const name = visible.filter((character) => character !== ":").join("");
  const lower = name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  expect(canonical(`${name}: x\r\n`, "relaxed")).toBe(`${lower}:x\r\n`);
});

test.each([4080, 4090, 4091, 4092, 4093, 4094, 4095, 4096, 4097, 4098, 8192, 20_000])(
  "a name, and a value, of %i octets are whole, wherever the sink has to grow",
  (size) => {
    for (const [name, text] of [
      ["A", "x".repeat(size)],
      ["a".repeat(size), "x"],
    ]) {
      expect(canonical(`${name}:${text}`, "relaxed")).toBe(`${name?.toLowerCase()}:${text}\r\n`);
      expect(canonical(`${name}:${text}`, "simple")).toBe(`${name}:${text}\r\n`);
    }
  },
);

const value = fc
  .array(fc.constantFrom("a", "B", " ", "\t", "\r\n ", "\n\t", "\r", ":", ";", "é", "\0"), {
    maxLength: 40,
  })
  .map((pieces) => pieces.join(""));

test.each(["simple", "relaxed"] as const)("%s, against the reference (property)", (mode) => {
  fc.assert(
    fc.property(
      fc.constantFrom("A:", "Subject :", "x-y\t:"),
      value,
      fc.constantFrom("\r\n", "\n", ""),
      (name, text, ending) => {
        // A CR before the field's own line ending would make it another one.
        const field = `${name}${text.replace(/\r$/, "")}${ending}`;
        const afterColon = field.slice(name.length);
        expect(canonical(field, mode)).toBe(
          mode === "simple"
            ? referenceField(field, mode)
            : referenceField(name, mode).slice(0, -2) +
                referenceField(`x:${afterColon}`, mode).slice(2),
        );
      },
    ),
  );
});

describe("the signature field itself (RFC 6376 3.7)", () => {
  function withoutValue(field: string, mode: Canonicalization): string {
    const bytes = Buffer.from(field, "latin1");
    const valueStart = field.indexOf("b=") + 2;
    const semicolon = field.indexOf(";", valueStart);
    const sink = new ByteSink();
    const valueEnd = semicolon < 0 ? field.replace(/\r\n$/, "").length : semicolon;
    canonicalizeSignatureField(bytes, 0, bytes.length, valueStart, valueEnd, mode, sink);
    return Buffer.from(sink.bytes()).toString("latin1");
  }
  const cases: readonly (readonly [string, string, string, string])[] = [
    [
      "last",
      "DKIM-Signature: v=1;\r\n\tb=AAAA\r\n\tBBBB\r\n",
      "DKIM-Signature: v=1;\r\n\tb=",
      "dkim-signature:v=1; b=",
    ],
    [
      "in the middle",
      "DKIM-Signature: b= AA \r\n ; v=1\r\n",
      "DKIM-Signature: b=; v=1",
      "dkim-signature:b=; v=1",
    ],
    [
      "with a semicolon after it",
      "DKIM-Signature: v=1; b=AA;\r\n",
      "DKIM-Signature: v=1; b=;",
      "dkim-signature:v=1; b=;",
    ],
    [
      "empty already",
      "DKIM-Signature: v=1; b=",
      "DKIM-Signature: v=1; b=",
      "dkim-signature:v=1; b=",
    ],
    [
      "white space at the very end",
      "DKIM-Signature: b=AA; v=1 \r\n",
      "DKIM-Signature: b=; v=1 ",
      "dkim-signature:b=; v=1",
    ],
  ];
  test.each(cases)("b= %s", (_, field, simple, relaxed) => {
    expect(withoutValue(field, "simple")).toBe(simple);
    expect(withoutValue(field, "relaxed")).toBe(relaxed);
  });
});
