import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  BodyHasher,
  BodyHasherSet,
  type BodyHashOptions,
  canonicalizeBody,
  hashBody,
} from "../src/index.ts";
import { referenceBody } from "./reference.ts";

const body = Buffer.from("one  two \r\n\r\nthree\r\n\r\n");
const relaxed = "one two\r\n\r\nthree\r\n";

function digestOf(text: string, name = "sha256"): string {
  return createHash(name).update(text).digest("base64");
}

describe("l= counts octets of the canonical body", () => {
  const cases: readonly (readonly [number | undefined, string])[] = [
    [undefined, relaxed],
    [0, ""],
    [5, "one t"],
    [relaxed.length, relaxed],
    [1000, relaxed],
    [Infinity, relaxed],
  ];
  test.each(cases)("%s", (length, hashed) => {
    const result = hashBody(body, {
      canonicalization: "relaxed",
      hash: "sha256",
      ...(length === undefined ? {} : { length }),
    });
    expect(Buffer.from(result.digest).toString("base64")).toBe(digestOf(hashed));
    expect([result.hashedBytes, result.canonicalBytes]).toEqual([hashed.length, relaxed.length]);
  });
});

describe("a set", () => {
  const ways: readonly BodyHashOptions[] = [
    { canonicalization: "relaxed", hash: "sha256" },
    { canonicalization: "simple", hash: "sha256" },
    { canonicalization: "relaxed", hash: "sha1" },
    { canonicalization: "relaxed", hash: "sha256", length: 3 },
  ];
  test("hashes once for each distinct way, each as if alone", () => {
    const set = new BodyHasherSet();
    const handles = [...ways, ...ways].map((way) => set.add({ ...way }));
    expect(handles).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    for (const byte of body) {
      set.write(Uint8Array.of(byte));
    }
    set.finish();
    for (const [index, way] of ways.entries()) {
      expect(set.result(index)).toEqual(hashBody(body, way));
      expect(set.result(index)).toBe(set.result(index));
    }
    expect(() => set.result(4)).toThrow(TypeError);
  });
});

test("what is hashed is what canonicalizeBody returns", () => {
  for (const canonicalization of ["simple", "relaxed"] as const) {
    const { digest } = hashBody(body, { canonicalization, hash: "sha256" });
    const text = Buffer.from(canonicalizeBody(body, canonicalization)).toString();
    expect(Buffer.from(digest).toString("base64")).toBe(digestOf(text));
  }
});

/** What the buffers and the search for unchanged stretches are made for, and their edges. */
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

test("finishing twice gives no buffer to two bodies", () => {
  const options: BodyHashOptions = { canonicalization: "relaxed", hash: "sha256" };
  const twice = new BodyHasherSet();
  twice.add(options);
  twice.write(Buffer.from("z"));
  twice.finish();
  twice.finish();
  const [one, other] = [new BodyHasher(options), new BodyHasher(options)];
  one.write(Buffer.from("aaaa"));
  other.write(Buffer.from("bb"));
  expect(Buffer.from(one.finish().digest).toString("base64")).toBe(digestOf("aaaa\r\n"));
  expect(Buffer.from(other.finish().digest).toString("base64")).toBe(digestOf("bb\r\n"));
});
