import { publicDecrypt } from "node:crypto";
import type { HashName } from "./algorithm.ts";
import { keyObjectOf, type PublicKey } from "./public-key.ts";

/** What an RSA signature says was signed. */
export interface RecoveredDigest {
  readonly hash: HashName;
  readonly digest: Uint8Array;
}

/** The DigestInfo in front of a digest (RFC 8017 9.2, note 1). */
const prefixes: readonly (readonly [HashName, number, string])[] = [
  ["sha256", 32, "3031300d060960864801650304020105000420"],
  ["sha1", 20, "3021300906052b0e03021a05000414"],
];

/**
 * The digest that an RSA signature (PKCS#1 v1.5, RFC 8017 8.2) was made of. Undefined where the key is
 * not RSA or did not make the signature: with another key there comes no digest out. For diagnosis; a
 * verifier uses `verify`.
 */
export function recoverDigest(key: PublicKey, signature: Uint8Array): RecoveredDigest | undefined {
  if (key.type !== "rsa" || signature.length !== Math.ceil(key.bits / 8)) {
    return undefined;
  }
  const info = openBlock(key, signature);
  for (const [hash, size, prefix] of prefixes) {
    if (info?.length === prefix.length / 2 + size && info.toString("hex").startsWith(prefix)) {
      return { hash, digest: new Uint8Array(info.subarray(-size)) };
    }
  }
  return undefined;
}

/** What stands in the signature's block behind its padding. */
function openBlock(key: PublicKey, signature: Uint8Array): Buffer | undefined {
  try {
    return publicDecrypt(keyObjectOf(key), signature);
  } catch {
    return undefined;
  }
}
