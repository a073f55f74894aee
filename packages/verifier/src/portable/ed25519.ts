import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { Buffer } from "./node-buffer.ts";

const { Point } = ed25519;
const signatureOctets = 64;
const pointOctets = 32;

/**
 * Whether a signature verifies (RFC 8032 5.1.7), decided as OpenSSL does: with the equation without the cofactor,
 * compared to the octet. noble's own function multiplies with the cofactor, and accepts signatures that OpenSSL refuses.
 */
export function verifyEd25519(
  signature: Uint8Array,
  text: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (signature.length !== signatureOctets) return false;
  const commitment = signature.subarray(0, pointOctets);
  const scalar = bytesToNumberLE(signature.subarray(pointOctets));
  if (scalar >= Point.Fn.ORDER) return false;
  const key = decoded(publicKey);
  if (key === undefined) return false;
  const digest = sha512.create().update(commitment).update(publicKey).update(text).digest();
  const challenge = Point.Fn.create(bytesToNumberLE(digest));
  const expected = Point.BASE.multiplyUnsafe(scalar).subtract(key.multiplyUnsafe(challenge));
  return Buffer.compare(expected.toBytes(), commitment) === 0;
}

/** OpenSSL takes an encoding of the key that is not canonical (ZIP 215); undefined if it is of no point. */
function decoded(publicKey: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    return Point.fromBytes(publicKey, true);
  } catch {
    return undefined;
  }
}
