import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countLineEndings, CrlfFixer, type LineEndingRepairs, toCrlf } from "../../src/index.ts";

const text = fc
  .array(fc.constantFrom("a", "\r", "\n", "\r\n", "bc"), { maxLength: 40 })
  .map((pieces) => pieces.join(""));

function convert(input: string, bareCr: "fix" | "keep"): string {
  return Buffer.from(toCrlf(Buffer.from(input), { bareCr })).toString();
}

/** The repairs by a regular expression over the whole text. */
function repairsOf(input: string, bareCr: "fix" | "keep"): LineEndingRepairs | undefined {
  const endings = [...input.matchAll(bareCr === "fix" ? /\r\n|\r|\n/g : /\r\n|\n/g)];
  const bare = endings.filter(([ending]) => ending !== "\r\n");
  const [first] = bare;
  return (
    first && {
      count: bare.length,
      first: {
        found: first[0] === "\n" ? "bare LF" : "bare CR",
        line: endings.indexOf(first) + 1,
        offset: first.index,
      },
    }
  );
}

describe("toCrlf", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["", "", ""],
    ["a\r\n", "a\r\n", "a\r\n"],
    ["a\nb", "a\r\nb", "a\r\nb"],
    ["a\rb", "a\r\nb", "a\rb"],
    ["a\r", "a\r\n", "a\r"],
    ["\r\r\n", "\r\n\r\n", "\r\r\n"],
    ["\n\r", "\r\n\r\n", "\r\n\r"],
    ["\n\n", "\r\n\r\n", "\r\n\r\n"],
  ];
  test.each(cases)("%j", (input, fixed, kept) => {
    expect(convert(input, "fix")).toBe(fixed);
    expect(convert(input, "keep")).toBe(kept);
  });

  test("gives the same as a regular expression, and changes nothing a second time (property)", () => {
    fc.assert(
      fc.property(text, (input) => {
        const fixed = convert(input, "fix");
        expect(fixed).toBe(input.replaceAll(/\r\n|\r|\n/g, "\r\n"));
        expect(convert(fixed, "fix")).toBe(fixed);
        expect(convert(input, "keep")).toBe(input.replaceAll(/\r\n|\n/g, "\r\n"));
      }),
    );
  });

  test("returns the same array if nothing changes", () => {
    for (const input of ["a\r\nb", "a\r\n", "", "abc"]) {
      const bytes = Buffer.from(input);
      expect(toCrlf(bytes)).toBe(bytes);
    }
    const endsWithCr = Buffer.from("a\r");
    expect(toCrlf(endsWithCr, { bareCr: "keep" })).toBe(endsWithCr);
  });
});

test.each(["fix", "keep"] as const)(
  "CrlfFixer does not depend on the pieces: %s (property)",
  (bareCr) => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 8 }), (input, cuts) => {
        const bytes = Buffer.from(input);
        const fixer = new CrlfFixer({ bareCr });
        const out: Uint8Array[] = [];
        let from = 0;
        for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
          const to = Math.min(cut, bytes.length);
          out.push(fixer.push(bytes.subarray(from, to)));
          from = to;
        }
        out.push(fixer.end());
        expect(fixer.repairs).toEqual(repairsOf(input, bareCr));
        expect(Buffer.concat(out).toString()).toBe(convert(input, bareCr));
        expect(fixer.end().length).toBe(0);
      }),
      { numRuns: 500 },
    );
  },
);

test("countLineEndings counts each once (property)", () => {
  fc.assert(
    fc.property(text, (input) => {
      expect(countLineEndings(Buffer.from(input))).toEqual({
        crlf: input.match(/\r\n/g)?.length ?? 0,
        bareLf: input.match(/(?<!\r)\n/g)?.length ?? 0,
        bareCr: input.match(/\r(?!\n)/g)?.length ?? 0,
      });
    }),
  );
});
