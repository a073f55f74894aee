import { KeyError } from "../errors.ts";
import {
  derTag,
  type DerElement,
  magnitude,
  readChildren,
  readDer,
  readSequence,
  writeDer,
  writeInteger,
} from "./der.ts";

export interface RsaNumbers {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
}

export const rsaBits = { least: 512, most: 8192 } as const;
/** OpenSSL's own limit for large moduli. A longer exponent only wastes a verifier's time. */
const maxExponentOctets = 8;

/** 1.2.840.113549.1.1.1, rsaEncryption, with its NULL parameters. */
const rsaAlgorithm: Uint8Array = Uint8Array.from(
  Buffer.from("300d06092a864886f70d0101010500", "hex"),
);
const rsaOid: Buffer = Buffer.from("2a864886f70d010101", "hex");

/**
 * Modulus and exponent of an RSA public key as SPKI or PKCS#1 (RFC 6376 3.6.1 as published and as corrected
 * by erratum 3017). Throws a `KeyError`. Cheap for any input, because it makes no key.
 */
export function readRsaPublicKey(bytes: Uint8Array): RsaNumbers {
  const outer = readSequence(bytes, 2);
  const [first, second] = outer ?? [];
  if (first?.tag === derTag.sequence && second?.tag === derTag.bitString) {
    checkAlgorithm(bytes, first);
    // The first octet of a BIT STRING counts its unused bits; a key has none.
    const inner = bytes.subarray(second.start + 1, second.end);
    if (bytes[second.start] === 0) {
      return readNumbers(inner, readSequence(inner, 2));
    }
  }
  return readNumbers(bytes, outer);
}

/** Throws a `KeyError` unless Mailseal verifies with numbers of these sizes. */
export function checkRsaNumbers({ modulus, exponent }: RsaNumbers): void {
  const bits = bitLength(modulus);
  if (bits < rsaBits.least || bits > rsaBits.most) {
    throw new KeyError(
      "key-size",
      `expected an RSA key of ${rsaBits.least} to ${rsaBits.most} bits, got ${bits}`,
    );
  }
  const isOdd = ((exponent.at(-1) ?? 0) & 1) === 1;
  if (
    !isOdd ||
    exponent.length > maxExponentOctets ||
    (exponent.length === 1 && exponent[0] === 1)
  ) {
    throw new KeyError(
      "key-exponent",
      "expected an odd RSA exponent from 3 to 64 bits long: with another one, anybody could sign or nobody verify",
    );
  }
}

/** The key in the form that OpenSSL and DNS records use. */
export function writeRsaSpki({ modulus, exponent }: RsaNumbers): Uint8Array {
  const numbers = writeDer(derTag.sequence, writeInteger(modulus), writeInteger(exponent));
  return writeDer(
    derTag.sequence,
    rsaAlgorithm,
    writeDer(derTag.bitString, Uint8Array.of(0), numbers),
  );
}

/** The number of bits of a magnitude. */
export function bitLength(value: Uint8Array): number {
  const [first = 0] = value;
  return value.length === 0 ? 0 : value.length * 8 - (Math.clz32(first) - 24);
}

function checkAlgorithm(bytes: Uint8Array, algorithm: DerElement): void {
  const oid = readDer(bytes, algorithm.start, algorithm.end);
  const isRsa =
    oid?.tag === derTag.oid &&
    rsaOid.equals(bytes.subarray(oid.start, oid.end)) &&
    readChildren(bytes, algorithm, 2);
  if (!isRsa) {
    throw new KeyError("key-type", "expected a public key of type RSA, got one of another type");
  }
}

function readNumbers(bytes: Uint8Array, parts: readonly DerElement[] | undefined): RsaNumbers {
  const [modulus, exponent] = parts ?? [];
  if (
    parts?.length !== 2 ||
    modulus?.tag !== derTag.integer ||
    exponent?.tag !== derTag.integer ||
    modulus.end === modulus.start ||
    exponent.end === exponent.start
  ) {
    throw new KeyError(
      "key-unreadable",
      "expected an RSA public key in DER (SPKI or PKCS#1) and nothing after it, got something else",
    );
  }
  return { modulus: magnitude(bytes, modulus), exponent: magnitude(bytes, exponent) };
}
