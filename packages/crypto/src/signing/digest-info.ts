import { publicDecrypt } from "node:crypto";
import { keyObjectOf, type PublicKey } from "../keys/public-key.ts";
import { type Algorithm, algorithms, type HashName } from "./algorithm.ts";

/** The prefix of each row, made once, because every verification compares with it. */
const prefixes = new Map<Algorithm, string>();

/** The DigestInfo in front of a digest (RFC 8017 9.2, note 1). Latin1 text, one character per byte. */
export function digestInfoPrefix(algorithm: Algorithm): string {
  let prefix = prefixes.get(algorithm);
  if (prefix === undefined) {
    prefix = Buffer.from(algorithm.digestInfo, "hex").toString("latin1");
    prefixes.set(algorithm, prefix);
  }
  return prefix;
}

/**
 * The content of an RSA signature (PKCS#1 v1.5) without its padding: the DigestInfo that was signed, as
 * latin1 text. Undefined if the signature is not as long as the modulus, is not below it, or its block is not
 * padded as RFC 8017 9.2 requires, to the octet. Any key other than the signer's yields such a block.
 */
export function openSignature(key: PublicKey, signature: Uint8Array): string | undefined {
  if (key.type !== "rsa" || signature.length !== Math.ceil(key.bits / 8)) {
    return undefined;
  }
  try {
    return publicDecrypt(keyObjectOf(key), signature).toString("latin1");
  } catch {
    return undefined;
  }
}

/** The digest in an RSA signature. */
export interface RecoveredDigest {
  /** The hash that the signer used. */
  readonly hash: HashName;
  /** The digest that was signed. */
  readonly digest: Uint8Array;
}

/**
 * Recovers the digest that an RSA signature (PKCS#1 v1.5, RFC 8017 8.2) was made of. Undefined if the key is
 * not RSA or did not make the signature: another key yields no digest. For diagnosis; a verifier uses
 * `verify`.
 *
 * ```ts
 * recoverDigest(publicKey, signature)?.hash; // "sha256", if the key made the signature
 * ```
 */
export function recoverDigest(key: PublicKey, signature: Uint8Array): RecoveredDigest | undefined {
  const info = openSignature(key, signature);
  for (const algorithm of algorithms.values()) {
    const { hash, hashBytes } = algorithm;
    const prefix = digestInfoPrefix(algorithm);
    if (info?.length === prefix.length + hashBytes && info.startsWith(prefix)) {
      return { hash, digest: new Uint8Array(Buffer.from(info.slice(-hashBytes), "latin1")) };
    }
  }
  return undefined;
}
