import { createPublicKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { generateKey } from "../../src/index.ts";
import { bitLength, readRsaPublicKey, writeRsaSpki } from "../../src/keys/rsa-public-key.ts";

const key = generateKey({ type: "rsa", bits: 1024 }).publicKey;

test("modulus and exponent are those that OpenSSL reads, as SPKI and as PKCS#1", () => {
  const jwk = createPublicKey({
    key: Buffer.from(key.toSpki()),
    format: "der",
    type: "spki",
  }).export({
    format: "jwk",
  });
  for (const form of [key.toSpki(), key.toPkcs1()]) {
    const { modulus, exponent } = readRsaPublicKey(form);
    expect(Buffer.from(modulus).toString("base64url")).toBe(jwk.n);
    expect(Buffer.from(exponent).toString("base64url")).toBe(jwk.e);
    expect(Buffer.from(writeRsaSpki({ modulus, exponent })).equals(key.toSpki())).toBe(true);
  }
});

describe("the bits of a number", () => {
  test.each([
    [[], 0],
    [[1], 1],
    [[0xff], 8],
    [[1, 0], 9],
    [[0x80, 0], 16],
  ])("%j has %i", (octets, bits) => {
    expect(bitLength(Uint8Array.from(octets))).toBe(bits);
  });
});
