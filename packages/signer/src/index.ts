/**
 * Signs a message with DKIM (RFC 6376, 8301, 8463).
 *
 * ```ts
 * import { createSigner, generateKey } from "@mailseal/signer";
 *
 * const signer = createSigner({ domain: "example.com", selector: "mail2026", key: generateKey({ type: "rsa" }) });
 * const message = Buffer.from("From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n");
 * process.stdout.write(signer.sign(message).toBytes());
 * ```
 *
 * It takes bytes and returns header fields. It does not read files, look up DNS, log, or decide for whom
 * a message may be signed.
 */
export {
  generateKey,
  generateKeyAsync,
  type GenerateOptions,
  KeyError,
  type KeyErrorCode,
  type KeyInput,
  type LoadOptions,
  loadPrivateKey,
  PrivateKey,
} from "@mailseal/crypto";
export type { LineEndingRepairs } from "@mailseal/syntax";
export type { LineEndingPolicy, SignatureOptions, SignerOptions } from "./options.ts";
export {
  defaultFieldPreset,
  type FieldPreset,
  type FieldPresetName,
  fieldPresetNames,
  fieldPresets,
} from "./signed-fields.ts";
export { createSigner, type SignedMessage, type Signer, signMessage } from "./signer.ts";
export { SigningError, type SigningErrorCode } from "./errors.ts";
export type { MadeSignature } from "./signing-pass.ts";
export { type SignedStream, SigningStream } from "./signing-stream.ts";
