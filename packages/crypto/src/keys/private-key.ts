import { createPublicKey, KeyObject } from "node:crypto";
import { inspect } from "node:util";
import { optionsCheck, secret, text } from "@mailseal/errors";
import { badOption, KeyError } from "../errors.ts";
import type { KeyType } from "../signing/algorithm.ts";
import { brand, checkBrand, isBranded, notAKey } from "./brand.ts";
import { makeAnother } from "./key-refusal.ts";
import { PublicKey } from "./public-key.ts";
import { bitLength, checkRsaNumbers, readRsaPublicKey } from "./rsa-public-key.ts";

const keyObjects = new WeakMap<PrivateKey, KeyObject>();

/**
 * The key object of `node:crypto`, for this package's engine only. Throws a `TypeError` for what is no key, and a
 * `KeyError` "key-version" for a key of another major version of this package.
 */
export function privateKeyObjectOf(key: PrivateKey): KeyObject {
  return keyObjects.get(key) ?? adopt(key);
}

/**
 * Whether a value is a private key that this package can sign with: made by this copy of the package, or by
 * another copy of the same major version.
 *
 * ```ts
 * isPrivateKey(generateKey({ type: "ed25519" })); // true
 * isPrivateKey("-----BEGIN PRIVATE KEY-----"); // false: load it first
 * ```
 */
export function isPrivateKey(value: unknown): value is PrivateKey {
  return isBranded(value, "PrivateKey");
}

/**
 * The key object of a key of another copy, taken over once. The copies share no secret: the other one hands out
 * its key through its public method.
 */
function adopt(key: PrivateKey): KeyObject {
  checkBrand(key, "PrivateKey");
  // An object of our own class without a key would ask itself.
  const isOurs: boolean = key instanceof PrivateKey;
  const object: unknown = isOurs ? undefined : key.toKeyObject?.();
  if (!(object instanceof KeyObject) || object.type !== "private") {
    throw notAKey(key, "PrivateKey");
  }
  keyObjects.set(key, object);
  return object;
}

const checkPemOptions = optionsCheck<{ readonly passphrase?: string }>(
  "options",
  { passphrase: secret(text) },
  badOption,
);

/**
 * A private key, parsed once. Made by `loadPrivateKey` or `generateKey`. Printed, logged or converted to JSON
 * it shows its type, size and public fingerprint; only `toPem` and `toKeyObject` reveal the secret.
 *
 * ```ts
 * const key = loadPrivateKey(readFileSync("mail2026.pem"));
 * console.log(key.type, key.bits, key.publicKey.fingerprint);
 * ```
 */
export class PrivateKey {
  /** RSA or Ed25519. */
  readonly type: KeyType;
  /** The size of the RSA modulus; 256 for Ed25519. */
  readonly bits: number;
  /** The half to publish. */
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
    checkPemOptions(options);
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

  /** Type, size and public fingerprint. */
  toString(): string {
    return `PrivateKey(${this.type}, ${this.bits} bits, ${this.publicKey.fingerprint})`;
  }

  /** Type, size and public fingerprint. */
  toJSON(): { type: KeyType; bits: number; fingerprint: string } {
    return { type: this.type, bits: this.bits, fingerprint: this.publicKey.fingerprint };
  }
}

brand(PrivateKey.prototype, "PrivateKey");
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
