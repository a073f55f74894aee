import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { forgeEngine } from "../../src/forge.ts";
import { createHash, type Engine, hash, nodeEngine } from "../../src/index.ts";
import { hashText } from "../../src/signing/hashing.ts";

const engines: readonly (readonly [string, Engine])[] = [
  ["node:crypto", nodeEngine],
  ["node-forge", forgeEngine],
];

describe("hashes", () => {
  test.each(["sha1", "sha256"] as const)(
    "%s is the same in both engines, whole or in pieces",
    (name) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
          const whole = nodeEngine.hash(name, bytes);
          for (const [, engine] of engines) {
            const pieces = engine.createHash(name);
            pieces.update(bytes.subarray(0, cut));
            pieces.update(bytes.subarray(Math.min(cut, bytes.length)));
            expect(Buffer.from(pieces.digest()).equals(whole)).toBe(true);
            expect(Buffer.from(engine.hash(name, bytes)).equals(whole)).toBe(true);
          }
        }),
      );
    },
  );
});

test("the empty text has its known digests (FIPS 180-4)", () => {
  expect(Buffer.from(hash("sha1", new Uint8Array())).toString("hex")).toBe(
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
  );
  expect(Buffer.from(createHash("sha256").digest()).toString("hex")).toBe(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

test("a digest as text has one character for each octet", () => {
  const text = hashText("sha256", Buffer.from("a"));
  expect(Buffer.from(text, "latin1")).toEqual(Buffer.from(hash("sha256", Buffer.from("a"))));
});
