import type { PublicKey } from "../keys/public-key.ts";
import type { HashName } from "./algorithm.ts";
import { digestInfoPrefixes, openSignature } from "./digest-info.ts";

/** What an RSA signature says was signed. */
export interface RecoveredDigest {
  readonly hash: HashName;
  readonly digest: Uint8Array;
}

const hashes: readonly (readonly [HashName, number])[] = [
  ["sha256", 32],
  ["sha1", 20],
];

/**
 * The digest that an RSA signature (PKCS#1 v1.5, RFC 8017 8.2) was made of. Undefined where the key is
 * not RSA or did not make the signature: with another key there comes no digest out. For diagnosis; a
 * verifier uses `verify`.
 */
export function recoverDigest(key: PublicKey, signature: Uint8Array): RecoveredDigest | undefined {
  const info = openSignature(key, signature);
  for (const [hash, size] of hashes) {
    const prefix = digestInfoPrefixes[hash];
    if (info?.length === prefix.length + size && info.startsWith(prefix)) {
      return { hash, digest: new Uint8Array(Buffer.from(info.slice(-size), "latin1")) };
    }
  }
  return undefined;
}
