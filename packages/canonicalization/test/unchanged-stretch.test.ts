import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { BodyHasher, type BodyHashOptions } from "../src/index.ts";
import { UnchangedStretches } from "../src/unchanged-stretch.ts";
import { referenceBody } from "./support/reference.ts";

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

/** The bodies that the buffers and the search for unchanged stretches are made for, and their edges. */
const largeBodies: readonly (readonly [string, string])[] = [
  ["lines with blanks", "a  b\t c \r\n".repeat(6000)],
  ["base64", `${"QUJD".repeat(19)}\r\n`.repeat(900)],
  ["base64, then blanks", `${"QUJD".repeat(19)}\r\n`.repeat(300) + "a  b \r\n".repeat(3000)],
  ["one long line", "x".repeat(70_000)],
  ["a stretch that ends in blank lines", `${"x".repeat(17_000)}\r\n\r\n\r\n  y`],
  ["a stretch that ends the body in blank lines", `${"x".repeat(17_000)}\r\n\r\n \t\r\n`],
  ["blanks every 16 KB", `${"x".repeat(16 * 1024 - 1)} `.repeat(5)],
  ["tabs every 16 KB", `${"x".repeat(16 * 1024)}\t\t`.repeat(5)],
  ["blank lines in the middle", `a\r\n${"\r\n".repeat(20_000)}b\r\n`],
  ["runs of 4 KB", `${"x".repeat(4095)}  ${"y".repeat(4096)}\t${"z".repeat(4097)}\r\n`.repeat(4)],
];

describe.each(["simple", "relaxed"] as const)("large bodies, %s", (canonicalization) => {
  test.each(largeBodies)("%s", (_what, text) => {
    const canonical = referenceBody(text, canonicalization);
    const bytes = Buffer.from(text, "latin1");
    const whole = canonical.length;
    for (const length of [undefined, 0, 1, 4096, 16_384, 16_385, whole - 1, whole, whole + 1]) {
      const options: BodyHashOptions = {
        canonicalization,
        hash: "sha256",
        ...(length === undefined ? {} : { length }),
      };
      const hashed = canonical.slice(0, length);
      for (const chunkBytes of [bytes.length, 16_384, 4097, 1000]) {
        const hasher = new BodyHasher(options);
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          hasher.write(bytes.subarray(at, at + chunkBytes));
        }
        const result = hasher.finish();
        expect(Buffer.from(result.digest).toString("base64")).toBe(digestOf(hashed));
        expect([result.hashedBytes, result.canonicalBytes]).toEqual([hashed.length, whole]);
      }
    }
  });
});

describe("a stretch without blanks", () => {
  test("ends before the line ends that stand before a blank", () => {
    const text = `${"x".repeat(20_000)}\r\n\r\n y`;
    const stretches = new UnchangedStretches(Buffer.from(text));
    expect(stretches.endFrom(0)).toBe(20_000);
  });

  test("is looked for once every 16 KiB, and not in the last of a chunk", () => {
    const stretches = new UnchangedStretches(Buffer.from("a b".repeat(20_000)));
    expect(stretches.endFrom(0)).toBe(0);
    expect(stretches.nextSearch).toBe(16 * 1024);
    expect(new UnchangedStretches(Buffer.from("x".repeat(100))).endFrom(0)).toBe(0);
  });
});
