import { createPublicKey, type KeyObject } from "node:crypto";
import { argumentCheck, bytes as bytesRule, oneOf } from "@mailseal/errors";
import { badOption, KeyError } from "../errors.ts";
import type { KeyType } from "../signing/algorithm.ts";
import { readEd25519PublicKey, writeEd25519Spki } from "./ed25519-public-key.ts";
import { PublicKey } from "./public-key.ts";
import { bitLength, checkRsaNumbers, readRsaPublicKey, writeRsaSpki } from "./rsa-public-key.ts";

const checkBytes = argumentCheck("bytes", bytesRule, badOption);
const checkType = argumentCheck("type", oneOf(["rsa", "ed25519"]), badOption);

/**
 * Loads the public key in p= of a key record: RSA as SPKI or PKCS#1, of 512 to 8192 bits with an odd
 * exponent from 3 to 64 bits; Ed25519 as 32 raw octets or SPKI. Throws a `KeyError`.
 *
 * ```ts
 * const p = Buffer.from("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "base64");
 * const key = loadPublicKey(p, "ed25519");
 * ```
 */
export function loadPublicKey(bytes: Uint8Array, type: KeyType): PublicKey {
  checkBytes(bytes);
  checkType(type);
  if (type === "ed25519") {
    return new PublicKey("ed25519", 256, parse(writeEd25519Spki(readEd25519PublicKey(bytes))));
  }
  const numbers = readRsaPublicKey(bytes);
  checkRsaNumbers(numbers);
  // Encoding the key again turns unusual encodings into ones that OpenSSL reads.
  return new PublicKey("rsa", bitLength(numbers.modulus), parse(writeRsaSpki(numbers)));
}

function parse(spki: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    throw new KeyError("key-unreadable", "expected a public key, got numbers that do not form one");
  }
}
