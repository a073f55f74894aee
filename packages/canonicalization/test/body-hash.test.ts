import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { BodyHasherSet, type BodyHashOptions, canonicalizeBody, hashBody } from "../src/index.ts";

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

test("the hashed octets are those that canonicalizeBody returns", () => {
  for (const canonicalization of ["simple", "relaxed"] as const) {
    const { digest } = hashBody(body, { canonicalization, hash: "sha256" });
    const text = Buffer.from(canonicalizeBody(body, canonicalization)).toString();
    expect(Buffer.from(digest).toString("base64")).toBe(digestOf(text));
  }
});

describe("refused", () => {
  test.each<[unknown, RegExp]>([
    [
      { canonicalization: "Relaxed", hash: "sha256" },
      /^canonicalization: .* did you mean "relaxed"/,
    ],
    [{ canonicalization: "relaxed", hash: "sha-256" }, /^hash: .* did you mean "sha256"/],
    [{ canonicalization: "relaxed" }, /^hash: .* this option is required/],
    [{ canonicalization: "relaxed", hash: "sha256", length: "5" }, /^length: .* got "5"/],
    [{ canonicalisation: "relaxed", hash: "sha256" }, /^canonicalisation: unknown option/],
  ])("%j", (options, message) => {
    expect(() => hashBody(body, options as BodyHashOptions)).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringMatching(message) }),
    );
    expect(() => new BodyHasherSet().add(options as BodyHashOptions)).toThrow(message);
  });
});
