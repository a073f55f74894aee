import type { Canonicalization } from "@mailseal/syntax";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BodyCanonicalizer, canonicalizeBody } from "../src/index.ts";
import { referenceBody } from "./support/reference.ts";

const modes: readonly Canonicalization[] = ["simple", "relaxed"];

function inPieces(body: Buffer, mode: Canonicalization, cuts: readonly number[]): string {
  const out: Buffer[] = [];
  const canonicalizer = new BodyCanonicalizer(mode, (bytes, start, end) => {
    out.push(Buffer.from(bytes.subarray(start, end)));
  });
  let from = 0;
  for (const cut of [...cuts, body.length]) {
    canonicalizer.write(body.subarray(from, cut));
    from = cut;
  }
  canonicalizer.finish();
  return Buffer.concat(out).toString("latin1");
}

function whole(body: string, mode: Canonicalization): string {
  return Buffer.from(canonicalizeBody(Buffer.from(body, "latin1"), mode)).toString("latin1");
}

describe("RFC 6376 3.4.3, 3.4.4", () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ["empty", "", "\r\n", ""],
    ["one line end", "\r\n", "\r\n", ""],
    ["blank lines only", "\r\n\r\n\r\n", "\r\n", ""],
    ["white space only", " \t ", " \t \r\n", ""],
    ["lines of white space only", " \r\n\t\r\n", " \r\n\t\r\n", ""],
    ["no last line end", "a", "a\r\n", "a\r\n"],
    ["last line ends", "a\r\n\r\n\r\n", "a\r\n", "a\r\n"],
    ["blank lines first", "\r\n\r\na\r\n", "\r\n\r\na\r\n", "\r\n\r\na\r\n"],
    ["the example of 3.4.5", " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"],
    ["white space at the end without line end", "a \t", "a \t\r\n", "a\r\n"],
    ["white space first", " \ta\r\n", " \ta\r\n", " a\r\n"],
    [
      "blank line of white space within",
      "a\r\n \t\r\nb\r\n",
      "a\r\n \t\r\nb\r\n",
      "a\r\n\r\nb\r\n",
    ],
    ["blank lines of white space last", "a\r\n \r\n\t\r\n", "a\r\n \r\n\t\r\n", "a\r\n"],
    ["bare LF is content", "a\n\nb\n", "a\n\nb\n\r\n", "a\n\nb\n\r\n"],
    ["bare CR is content", "a\rb\r", "a\rb\r\r\n", "a\rb\r\r\n"],
    ["CR CR LF", "a\r\r\n", "a\r\r\n", "a\r\r\n"],
    ["white space before a bare CR stays", "a \r\n b \rc", "a \r\n b \rc\r\n", "a\r\n b \rc\r\n"],
    [
      "NUL and other white space are content",
      "a\0\v\f\u00a0 \r\n",
      "a\0\v\f\u00a0 \r\n",
      "a\0\v\f\u00a0\r\n",
    ],
    ["LF CR", "\n\r", "\n\r\r\n", "\n\r\r\n"],
  ];
  test.each(cases)("%s", (_, body, simple, relaxed) => {
    expect(whole(body, "simple")).toBe(simple);
    expect(whole(body, "relaxed")).toBe(relaxed);
    expect(referenceBody(body, "simple")).toBe(simple);
    expect(referenceBody(body, "relaxed")).toBe(relaxed);
  });
});

describe.each(modes)("%s, against the reference", (mode) => {
  test("every body of up to 6 of [a, SP, HTAB, CR, LF], whole and cut in two anywhere", () => {
    const alphabet = ["a", " ", "\t", "\r", "\n"];
    let bodies = [""];
    for (let length = 0; length <= 6; length++) {
      for (const body of bodies) {
        const expected = referenceBody(body, mode);
        const bytes = Buffer.from(body, "latin1");
        for (let cut = 0; cut <= length; cut++) {
          const actual = inPieces(bytes, mode, [cut]);
          if (actual !== expected) {
            expect([body, cut, actual]).toEqual([body, cut, expected]);
          }
        }
      }
      bodies =
        length === 6 ? [] : bodies.flatMap((body) => alphabet.map((character) => body + character));
    }
  });

  const piece = fc.oneof(
    fc.constantFrom(" ", "\t", "\r", "\n", "\r\n", "\r\n\r\n", " \r\n", "a", "é", "\0", "\n\r"),
    fc.integer({ min: 1, max: 10_000 }).map((count) => "x".repeat(count)),
    fc.integer({ min: 1, max: 9000 }).map((count) => "\r\n".repeat(count)),
    fc.integer({ min: 1, max: 300 }).map((count) => "ab cd\r\n".repeat(count)),
  );
  test("any body, any chunking (property)", () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.array(fc.nat(30_000), { maxLength: 10 }),
        (pieces, cuts) => {
          const body = Buffer.from(pieces.join(""), "latin1");
          const sorted = cuts.map((cut) => cut % (body.length + 1)).toSorted((a, b) => a - b);
          const expected = referenceBody(body.toString("latin1"), mode);
          expect(inPieces(body, mode, sorted) === expected).toBe(true);
          expect(inPieces(body, mode, []) === expected).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("byte by byte (property)", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", " ", "\t", "\r", "\n", "\r\n"), { maxLength: 60 }),
        (pieces) => {
          const body = Buffer.from(pieces.join(""), "latin1");
          const cuts = Array.from(body, (_, index) => index);
          expect(inPieces(body, mode, cuts)).toBe(referenceBody(body.toString("latin1"), mode));
        },
      ),
    );
  });
});
