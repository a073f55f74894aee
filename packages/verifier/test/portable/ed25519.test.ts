import { createHash, createPublicKey, verify } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE, numberToBytesLE } from "@noble/curves/utils.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { verifyEd25519 } from "../../src/portable/ed25519.ts";

const { Point } = ed25519;
const order = Point.Fn.ORDER;
/** A point of order 8. */
const torsion = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
const text = Buffer.from("signed text");
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");

interface Signed {
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** A signature whose key and commitment have parts of small order, and whose scalar is too large by so many orders. */
function forge(
  secret: bigint,
  nonce: bigint,
  keyPart: number,
  commitmentPart: number,
  orders: number,
): Signed {
  const part = (times: number): typeof torsion => torsion.multiplyUnsafe(BigInt(times));
  const publicKey = Point.BASE.multiply(secret).add(part(keyPart)).toBytes();
  const commitment = Point.BASE.multiply(nonce).add(part(commitmentPart)).toBytes();
  const digest = createHash("sha512").update(commitment).update(publicKey).update(text).digest();
  const scalar = Point.Fn.create(nonce + bytesToNumberLE(digest) * secret);
  const last = numberToBytesLE(scalar + BigInt(orders) * order, 32);
  return { publicKey, signature: Buffer.concat([commitment, last]) };
}

function openssl(signature: Uint8Array, { publicKey }: Signed): boolean {
  const key = createPublicKey({
    key: Buffer.concat([spkiPrefix, publicKey]),
    format: "der",
    type: "spki",
  });
  return verify(null, text, key, signature);
}

const scalars = fc.bigInt({ min: 1n, max: order - 1n });

test("it accepts a signature as OpenSSL does, whatever its points and scalar are (property)", () => {
  fc.assert(
    fc.property(scalars, scalars, fc.nat(7), fc.nat(7), fc.nat(1), (secret, nonce, ...parts) => {
      const signed = forge(secret, nonce, ...parts);
      const accepted = openssl(signed.signature, signed);
      expect(verifyEd25519(signed.signature, text, signed.publicKey)).toBe(accepted);
    }),
  );
});

test("it refuses a commitment that differs only by a point of small order, and a scalar above the order", () => {
  const verdicts = [forge(3n, 5n, 0, 0, 0), forge(3n, 5n, 0, 4, 0), forge(3n, 5n, 0, 0, 1)].map(
    ({ signature, publicKey }) => verifyEd25519(signature, text, publicKey),
  );
  expect(verdicts).toEqual([true, false, false]);
});

test.each([
  ["an empty signature", new Uint8Array(0)],
  ["zeros", new Uint8Array(64)],
  ["octets of 255", new Uint8Array(64).fill(0xff)],
  ["the neutral point and a scalar of zero", Uint8Array.of(1, ...new Uint8Array(63))],
  [
    "an encoding that is not canonical",
    Buffer.from(`ee${"ff".repeat(30)}7f${"00".repeat(32)}`, "hex"),
  ],
])("it refuses %s, as OpenSSL does", (_, signature) => {
  const signed = forge(3n, 5n, 0, 0, 0);
  expect(openssl(signature, signed)).toBe(false);
  expect(verifyEd25519(signature, text, signed.publicKey)).toBe(false);
});

test("a key that is no point verifies nothing", () => {
  const { signature } = forge(3n, 5n, 0, 0, 0);
  expect(verifyEd25519(signature, text, new Uint8Array(32).fill(2))).toBe(false);
});
