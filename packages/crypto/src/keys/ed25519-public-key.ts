import { KeyError } from "../errors.ts";

/** The octets before the key in an SPKI (RFC 8410 4). */
const spkiPrefix: Buffer = Buffer.from("302a300506032b6570032100", "hex");
const keyOctets = 32;

/**
 * The canonical encodings of the eight points of small order, and the two that are not canonical. With such a
 * key, anybody can make a signature that fits almost any message.
 */
const smallOrder: ReadonlySet<string> = new Set([
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]);

/**
 * The 32 octets of an Ed25519 public key, read from its raw form (RFC 8463 4.2) or from SPKI. Throws a
 * `KeyError`.
 */
export function readEd25519PublicKey(bytes: Uint8Array): Uint8Array {
  const isSpki =
    bytes.length === spkiPrefix.length + keyOctets &&
    spkiPrefix.equals(bytes.subarray(0, spkiPrefix.length));
  const raw = isSpki ? bytes.subarray(spkiPrefix.length) : bytes;
  if (raw.length !== keyOctets) {
    throw new KeyError(
      "key-unreadable",
      `expected an Ed25519 public key of ${keyOctets} octets, got ${bytes.length}`,
    );
  }
  if (smallOrder.has(Buffer.from(raw).toString("hex"))) {
    throw new KeyError(
      "key-weak",
      "expected an Ed25519 public key, got a point of small order, which proves nothing",
    );
  }
  return raw;
}

export function writeEd25519Spki(raw: Uint8Array): Uint8Array {
  return Buffer.concat([spkiPrefix, raw]);
}

/** The raw key in an SPKI written by this package or OpenSSL. */
export function rawOfEd25519Spki(spki: Uint8Array): Uint8Array {
  return spki.subarray(spkiPrefix.length);
}
