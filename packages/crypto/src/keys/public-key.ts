import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import type { KeyType } from "../signing/algorithm.ts";
import { brand, checkBrand, notAKey } from "./brand.ts";
import { rawOfEd25519Spki } from "./ed25519-public-key.ts";

const keyObjects = new WeakMap<PublicKey, KeyObject>();

/**
 * The key object of `node:crypto`, for this package's engine only. Throws a `TypeError` for what is no key, and a
 * `KeyError` "key-version" for a key of another major version of this package.
 */
export function keyObjectOf(key: PublicKey): KeyObject {
  return keyObjects.get(key) ?? adopt(key);
}

/** The key object of a key of another copy of this package, made once. */
function adopt(key: PublicKey): KeyObject {
  checkBrand(key, "PublicKey");
  // An object of our own class without a key would ask itself.
  const isOurs: boolean = key instanceof PublicKey;
  if (isOurs) {
    throw notAKey(key, "PublicKey");
  }
  const spki = Buffer.from(key.toSpki());
  const object = createPublicKey({ key: spki, format: "der", type: "spki" });
  keyObjects.set(key, object);
  return object;
}

/**
 * A public key, parsed once. Made by `loadPublicKey`, or by a `PrivateKey`.
 *
 * ```ts
 * const { publicKey } = generateKey({ type: "rsa" });
 * Buffer.from(publicKey.toRecordBytes()).toString("base64"); // for p=
 * ```
 */
export class PublicKey {
  /** RSA or Ed25519. */
  readonly type: KeyType;
  /** The size of the RSA modulus; 256 for Ed25519. */
  readonly bits: number;

  /** @internal */
  constructor(type: KeyType, bits: number, object: KeyObject) {
    this.type = type;
    this.bits = bits;
    keyObjects.set(this, object);
  }

  /** SubjectPublicKeyInfo in DER (RFC 5280 4.1). */
  toSpki(): Uint8Array {
    return keyObjectOf(this).export({ type: "spki", format: "der" });
  }

  /** RSAPublicKey in DER (RFC 8017 A.1.1). Only for RSA. */
  toPkcs1(): Uint8Array {
    return keyObjectOf(this).export({ type: "pkcs1", format: "der" });
  }

  /** The octets to publish in p=: SPKI for RSA, the raw 32 octets for Ed25519 (RFC 8463 4.2). */
  toRecordBytes(): Uint8Array {
    return this.type === "rsa" ? this.toSpki() : rawOfEd25519Spki(this.toSpki());
  }

  /** The SHA-256 of the SPKI in base64, to identify the key. */
  get fingerprint(): string {
    return `SHA256:${createHash("sha256").update(this.toSpki()).digest("base64").replace(/=+$/, "")}`;
  }

  /** Whether both are the same key. */
  equals(other: PublicKey): boolean {
    return keyObjectOf(this).equals(keyObjectOf(other));
  }
}

brand(PublicKey.prototype, "PublicKey");
