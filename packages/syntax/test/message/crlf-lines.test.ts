import { readFileSync } from "node:fs";
import { compileKernel } from "@mailseal/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countCrlfLines as kernelSource } from "../../kernel/build.ts";
import { countCrlfLines, countPlainly, loadCounter } from "../../src/message/crlf-lines.ts";

const counters = [
  ["plain", countPlainly],
  ["kernel", loadCounter()],
  ["whichever is faster", countCrlfLines],
] as const;

/** By regular expressions over the whole text, with the byte before it. */
function expected(text: string, afterCr: boolean): number | undefined {
  const whole = (afterCr ? "\r" : "x") + text;
  const isBare = /(?<!\r)\n|\r(?!\n|$)/.test(whole);
  return isBare || (text === "" && afterCr) ? undefined : (whole.match(/\n/g)?.length ?? 0);
}

describe.each(counters)("%s", (_, count) => {
  test("a CR or LF at every offset, alone and as a pair", () => {
    for (let offset = 0; offset < 100; offset++) {
      for (const ending of ["\r\n", "\n", "\r", "\r\r\n", "\n\r"]) {
        for (const after of ["", "y".repeat(40)]) {
          const text = "x".repeat(offset) + ending + after;
          for (const afterCr of [false, true]) {
            const found = count(Buffer.from(text), afterCr);
            expect(found, JSON.stringify([text, afterCr])).toBe(expected(text, afterCr));
          }
        }
      }
    }
  });

  test("bodies of many blocks, with one fault anywhere", () => {
    const body = Buffer.from("a line\r\n".repeat(9000));
    expect(count(body, false)).toBe(9000);
    expect(count(Buffer.from("\r\n".repeat(40_000)), false)).toBe(40_000);
    for (const at of [0, 1, 16_383, 16_384, 16_385, 32_768, 40_000, body.length - 1]) {
      for (const byte of ["\r", "\n", "x"]) {
        const damaged = Buffer.from(body);
        damaged.write(byte, at);
        const text = damaged.toString("latin1");
        expect(count(damaged, false), `${at} ${JSON.stringify(byte)}`).toBe(expected(text, false));
      }
    }
  });

  test("any bytes (property)", () => {
    const piece = fc.constantFrom("\r\n", "\r\n", "\r\n", "\r\n", "a", "text", "\r", "\n");
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 300 }),
        fc.boolean(),
        (all, afterCr) => {
          const text = all.join("");
          expect(count(Buffer.from(text), afterCr)).toBe(expected(text, afterCr));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("bodies with CRLF alone (property)", () => {
    const piece = fc.constantFrom("\r\n", "a", "text", "x".repeat(70));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 600 }), (all) => {
        const text = all.join("");
        expect(count(Buffer.from(text), false)).toBe(text.match(/\n/g)?.length ?? 0);
      }),
    );
  });
});

test("the package has the kernel that its source compiles to", () => {
  expect(readFileSync(kernelSource.module, "utf8")).toBe(compileKernel(kernelSource));
}, 60_000);
