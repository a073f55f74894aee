/**
 * Keys and algorithms of DKIM: load, generate, sign, verify.
 *
 * ```ts
 * import { generateKey, sign, verify } from "@mailseal/crypto";
 *
 * const key = generateKey({ type: "ed25519" });
 * const signature = sign("ed25519-sha256", key, text);
 * verify("ed25519-sha256", key.publicKey, text, signature); // true
 * ```
 *
 * It signs text that is canonical already; `@mailseal/signer` makes that text from a message.
 */
export * from "./algorithms.ts";
export { type Engine, nodeEngine } from "./signing/engine.ts";
export { generateKey, generateKeyAsync, type GenerateOptions } from "./keys/generate-key.ts";
export { createHash, hash, type IncrementalHash } from "./signing/hashing.ts";
export { KeyError, type KeyErrorCode } from "./errors.ts";
export { type KeyInput, loadPrivateKey, type LoadOptions } from "./keys/load-private-key.ts";
export { loadPublicKey } from "./keys/load-public-key.ts";
export { isPrivateKey, PrivateKey } from "./keys/private-key.ts";
export { PublicKey } from "./keys/public-key.ts";
export { recoverDigest, type RecoveredDigest } from "./signing/digest-info.ts";
export { sign, verify } from "./signing/signing.ts";
