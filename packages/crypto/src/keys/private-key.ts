import { createPublicKey, type KeyObject } from "node:crypto";
import { inspect } from "node:util";
import { KeyError } from "../errors.ts";
import type { KeyType } from "../signing/algorithm.ts";
import { makeAnother } from "./key-refusal.ts";
import { PublicKey } from "./public-key.ts";
import { bitLength, checkRsaNumbers, readRsaPublicKey } from "./rsa-public-key.ts";

const keyObjects = new WeakMap<PrivateKey, KeyObject>();

/** The key object of `node:crypto`, for this package's engine only. */
export function privateKeyObjectOf(key: PrivateKey): KeyObject {
  const object = keyObjects.get(key);
  if (object === undefined) {
    throw new TypeError("expected a PrivateKey that was made by @mailseal/crypto");
  }
  return object;
}

/**
 * A private key, parsed once. Made by `loadPrivateKey` or `generateKey`. Printed, logged or converted to JSON
 * it shows its type, size and public fingerprint; only `toPem` and `toKeyObject` reveal the secret.
 */
export class PrivateKey {
  readonly type: KeyType;
  /** The size of the RSA modulus; 256 for Ed25519. */
  readonly bits: number;
  readonly publicKey: PublicKey;

  /** @internal */
  constructor(object: KeyObject) {
    const publicObject = createPublicKey(object);
    this.type = typeOf(object);
    this.bits = 256;
    if (this.type === "rsa") {
      const numbers = readRsaPublicKey(publicObject.export({ type: "spki", format: "der" }));
      checkRsaNumbers(numbers);
      this.bits = bitLength(numbers.modulus);
    }
    this.publicKey = new PublicKey(this.type, this.bits, publicObject);
    keyObjects.set(this, object);
  }

  /** PKCS#8 (RFC 5958), encrypted with AES-256 if a passphrase is given. This is the secret itself. */
  toPem(options: { readonly passphrase?: string } = {}): string {
    const form = { type: "pkcs8", format: "pem" } as const;
    const { passphrase } = options;
    const pem = privateKeyObjectOf(this).export(
      passphrase === undefined ? form : { ...form, cipher: "aes-256-cbc", passphrase },
    );
    return pem.toString();
  }

  /** The key object of `node:crypto`, for a worker thread or another library. This is the secret itself. */
  toKeyObject(): KeyObject {
    return privateKeyObjectOf(this);
  }

  toString(): string {
    return `PrivateKey(${this.type}, ${this.bits} bits, ${this.publicKey.fingerprint})`;
  }

  toJSON(): { type: KeyType; bits: number; fingerprint: string } {
    return { type: this.type, bits: this.bits, fingerprint: this.publicKey.fingerprint };
  }
}

// A member named by a symbol cannot be declared with isolatedDeclarations.
Object.defineProperty(PrivateKey.prototype, inspect.custom, {
  value(this: PrivateKey): string {
    return this.toString();
  },
});

function typeOf({ asymmetricKeyType: type }: KeyObject): KeyType {
  if (type !== "rsa" && type !== "ed25519") {
    throw new KeyError(
      "key-type",
      `expected a key of type RSA or Ed25519, got one of type ${type}, which DKIM cannot use; ${makeAnother}`,
    );
  }
  return type;
}
