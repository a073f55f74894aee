import { readFileSync } from "node:fs";
import { compileKernel } from "@mailseal/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collapseBlanks } from "../kernel/build.ts";
import {
  type BlankCollapser,
  blockBytes,
  blockUnit,
  collapserFor,
  loadKernel,
  plainCollapser,
} from "../src/blank-collapser.ts";

const kernel = loadKernel();

function collapsed(collapser: BlankCollapser, chunk: Buffer, start: number, end: number): string {
  const { output, outputStart } = collapser;
  const outputEnd = collapser.collapse(chunk, start, end);
  return Buffer.from(output.subarray(outputStart, outputEnd)).toString("latin1");
}

/** The rule as one regular expression over the block and the two bytes after it. */
function expected(chunk: Buffer, start: number, end: number): string {
  const text = chunk.toString("latin1", start, end + 2);
  let result = "";
  for (let at = 0; at < end - start; at++) {
    const rest = text.slice(at, at + 3);
    if (!/^[ \t](?:[ \t]|\r\n)/.test(rest)) {
      result += rest.startsWith("\t") ? " " : rest.charAt(0);
    }
  }
  return result;
}

describe.each([
  ["plain", plainCollapser],
  ["kernel", kernel],
] as const)("%s", (_, collapser) => {
  const text = "a \t b\r\nc \t\r\n \td\re \rf\n \0\t\u00ff  ";

  test("text at every offset within a block", () => {
    for (let offset = 0; offset < 2 * blockUnit; offset++) {
      const chunk = Buffer.from(`${"x".repeat(offset)}${text.repeat(8)}`, "latin1");
      const end = 7 * blockUnit;
      expect(collapsed(collapser, chunk, 0, end)).toBe(expected(chunk, 0, end));
      expect(collapsed(collapser, chunk, offset, offset + blockUnit)).toBe(
        expected(chunk, offset, offset + blockUnit),
      );
    }
  });

  test("every set of blanks among 8 bytes, before content and before CRLF", () => {
    for (let set = 0; set < 256; set++) {
      const eight = Array.from({ length: 8 }, (__, bit) => ((set >> bit) & 1 ? "\t" : "a")).join(
        "",
      );
      for (const next of ["a", " ", "\r\n", "\ra"]) {
        const chunk = Buffer.from(`${eight}${eight}${next}..`, "latin1");
        expect(collapsed(collapser, chunk, 0, 16)).toBe(expected(chunk, 0, 16));
      }
    }
  });

  test("the largest block, all kept and all dropped", () => {
    const kept = Buffer.alloc(blockBytes + 2, "k");
    expect(collapsed(collapser, kept, 0, blockBytes)).toBe("k".repeat(blockBytes));
    const blank = Buffer.alloc(blockBytes + 2, " ");
    expect(collapsed(collapser, blank, 0, blockBytes)).toBe("");
  });

  test("any bytes (property)", () => {
    const byte = fc.oneof(fc.constantFrom(0x20, 0x09, 0x0d, 0x0a), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte, { minLength: 18, maxLength: 400 }), fc.nat(15), (bytes, from) => {
        const chunk = Buffer.from(bytes);
        const start = Math.min(from, chunk.length - 18);
        const end = start + ((chunk.length - 2 - start) & -blockUnit);
        expect(collapsed(collapser, chunk, start, end)).toBe(expected(chunk, start, end));
      }),
      { numRuns: 500 },
    );
  });
});

test("the kernel is loaded once there was enough to collapse", () => {
  expect(collapserFor(1024)).toBe(plainCollapser);
  expect(collapserFor(1024 * 1024)).not.toBe(plainCollapser);
  expect(collapserFor(1024)).not.toBe(plainCollapser);
});

test("the package has the kernel that its source compiles to", () => {
  expect(readFileSync(collapseBlanks.module, "utf8")).toBe(compileKernel(collapseBlanks));
}, 60_000);
