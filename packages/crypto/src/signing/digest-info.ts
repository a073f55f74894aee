import { publicDecrypt } from "node:crypto";
import { keyObjectOf, type PublicKey } from "../keys/public-key.ts";
import type { HashName } from "./algorithm.ts";

/** The DigestInfo in front of a digest (RFC 8017 9.2, note 1). Latin1 text, one character per byte. */
export const digestInfoPrefixes: Readonly<Record<HashName, string>> = {
  sha256: fromHex("3031300d060960864801650304020105000420"),
  sha1: fromHex("3021300906052b0e03021a05000414"),
};

/**
 * What an RSA signature (PKCS#1 v1.5) holds behind its padding: the DigestInfo that was signed, as
 * latin1 text. Undefined where it is not as long as the modulus, not below it, or its block is not
 * padded as RFC 8017 9.2 has it, to the octet: so it is with any key but the signer's.
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

function fromHex(hex: string): string {
  return Buffer.from(hex, "hex").toString("latin1");
}
