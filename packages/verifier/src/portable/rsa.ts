import jsbn from "node-forge/lib/jsbn.js";
import { Buffer } from "./node-buffer.ts";

const sequence = 0x30;
const integer = 0x02;
const bitString = 0x03;
const leastPaddingOctets = 8;

export interface RsaPublicNumbers {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
  /** RSAPublicKey in DER. */
  readonly pkcs1: Uint8Array;
}

/** Reads the numbers from the SPKI that `@mailseal/crypto` has checked and encoded itself. Throws for anything else. */
export function readRsaSpki(spki: Uint8Array): RsaPublicNumbers {
  const outer = contentOf(spki, 0, sequence);
  const algorithm = contentOf(spki, outer.start, sequence);
  const bits = contentOf(spki, algorithm.end, bitString);
  const pkcs1 = spki.subarray(bits.start + 1, bits.end);
  const numbers = contentOf(pkcs1, 0, sequence);
  const modulus = contentOf(pkcs1, numbers.start, integer);
  const exponent = contentOf(pkcs1, modulus.end, integer);
  return {
    modulus: withoutSign(pkcs1.subarray(modulus.start, modulus.end)),
    exponent: withoutSign(pkcs1.subarray(exponent.start, exponent.end)),
    pkcs1,
  };
}

function contentOf(
  der: Uint8Array,
  at: number,
  tag: number,
): { readonly start: number; readonly end: number } {
  const first = der[at + 1] ?? 0;
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
  let length = lengthOctets === 0 ? first : 0;
  for (let index = 0; index < lengthOctets; index++) {
    length = length * 256 + (der[at + 2 + index] ?? 0);
  }
  const start = at + 2 + lengthOctets;
  if (der[at] !== tag || lengthOctets > 4 || start + length > der.length) {
    throw new TypeError("expected an RSA public key in DER");
  }
  return { start, end: start + length };
}

function withoutSign(value: Uint8Array): Uint8Array {
  return value[0] === 0 ? value.subarray(1) : value;
}

/**
 * The content of a signature (RFC 8017 8.2.2, PKCS#1 v1.5) without its padding, which is checked to the octet. Throws
 * if it is not padded so.
 */
export function openRsa(key: RsaPublicNumbers, signature: Uint8Array): Buffer {
  // OpenSSL, too, computes nothing with an even modulus, which everybody can factor.
  if (((key.modulus.at(-1) ?? 0) & 1) === 0) throw new TypeError("expected an odd modulus");
  const modulus = toNumber(key.modulus);
  const value = toNumber(signature);
  if (value.compareTo(modulus) >= 0) throw new TypeError("expected a number below the modulus");
  const digits = value.modPow(toNumber(key.exponent), modulus).toString(16);
  const block = Buffer.from(digits.padStart(2 * key.modulus.length, "0"), "hex");
  const end = block.indexOf(0, 2);
  const isPadded =
    block[0] === 0 &&
    block[1] === 1 &&
    end >= 2 + leastPaddingOctets &&
    block.subarray(2, end).every((octet) => octet === 0xff);
  if (!isPadded) throw new TypeError("expected a padded block");
  return Buffer.from(block.subarray(end + 1));
}

function toNumber(octets: Uint8Array): InstanceType<typeof jsbn.BigInteger> {
  return new jsbn.BigInteger(Buffer.from(octets).toString("hex"), 16);
}
