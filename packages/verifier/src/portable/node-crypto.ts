/**
 * The part of `node:crypto` that verifying needs, in JavaScript: hashes and Ed25519 by noble, RSA by node-forge. The
 * packages themselves are the same as under Node.js; only this module and its neighbours replace Node's.
 */
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { verifyEd25519 } from "./ed25519.ts";
import { Buffer } from "./node-buffer.ts";
import { openRsa, readRsaSpki, type RsaPublicNumbers } from "./rsa.ts";

type Encoding = "base64" | "binary" | "hex" | "latin1" | "utf8";

const hashes: { readonly sha1: typeof sha1; readonly sha256: typeof sha256 } = { sha1, sha256 };
type HashName = keyof typeof hashes;
type HashState = ReturnType<(typeof hashes)[HashName]["create"]>;

/** A hash of bytes that arrive in pieces, as Node's `Hash`. */
export class Hash {
  readonly #state: HashState;

  constructor(state: HashState) {
    this.#state = state;
  }

  update(part: Uint8Array | string, encoding: Encoding = "utf8"): this {
    this.#state.update(typeof part === "string" ? Buffer.from(part, encoding) : part);
    return this;
  }

  copy(): Hash {
    return new Hash(this.#state.clone() as HashState);
  }

  digest(encoding?: Encoding): Buffer | string {
    return encoded(this.#state.digest(), encoding);
  }
}

export function createHash(name: HashName): Hash {
  return new Hash(hashes[name].create());
}

export function hash(name: HashName, bytes: Uint8Array, encoding?: Encoding): Buffer | string {
  return encoded(hashes[name](bytes), encoding);
}

function encoded(digest: Uint8Array, encoding: Encoding | undefined): Buffer | string {
  const bytes = Buffer.from(digest);
  return encoding === undefined ? bytes : bytes.toString(encoding);
}

/** The length of an Ed25519 public key in SPKI, which ends with its 32 octets (RFC 8410 4). */
const ed25519SpkiOctets = 44;
const ed25519Octets = 32;

/** A public key in the SPKI that `@mailseal/crypto` has written. */
export class KeyObject {
  readonly type = "public";
  readonly spki: Uint8Array;
  readonly rsa: RsaPublicNumbers | undefined;

  constructor(spki: Uint8Array) {
    this.spki = spki;
    this.rsa = spki.length === ed25519SpkiOctets ? undefined : readRsaSpki(spki);
  }

  export({ type }: { readonly type: "pkcs1" | "spki" }): Buffer {
    return Buffer.from(type === "pkcs1" && this.rsa !== undefined ? this.rsa.pkcs1 : this.spki);
  }

  equals(other: KeyObject): boolean {
    return Buffer.compare(this.spki, other.spki) === 0;
  }
}

export function createPublicKey({ key }: { readonly key: Uint8Array }): KeyObject {
  return new KeyObject(new Uint8Array(key));
}

export function publicDecrypt({ rsa }: KeyObject, signature: Uint8Array): Buffer {
  if (rsa === undefined) throw new TypeError("expected an RSA key");
  return openRsa(rsa, signature);
}

export function verify(
  _algorithm: null,
  signedText: Uint8Array,
  { spki }: KeyObject,
  signature: Uint8Array,
): boolean {
  const publicKey = new Uint8Array(spki.subarray(-ed25519Octets));
  return verifyEd25519(new Uint8Array(signature), new Uint8Array(signedText), publicKey);
}

export {
  createPrivateKey,
  generateKeyPair,
  generateKeyPairSync,
  randomInt,
  sign,
} from "./unavailable.ts";
