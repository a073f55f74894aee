/**
 * DKIM canonicalization (RFC 6376 3.4, 3.7): simple and relaxed, header and body, whole or in chunks.
 *
 * ```ts
 * import { hashBody } from "@mailseal/canonicalization";
 *
 * const { digest } = hashBody(body, { canonicalization: "relaxed", hash: "sha256" });
 * console.log(Buffer.from(digest).toString("base64")); // bh=
 * ```
 *
 * It neither splits messages nor signs: use `@mailseal/syntax` to split and `@mailseal/signer` to sign.
 */
export { BodyCanonicalizer, canonicalizeBody } from "./body-canonicalizer.ts";
export {
  type BodyHash,
  BodyHasher,
  BodyHasherSet,
  type BodyHashHandle,
  type BodyHashOptions,
  hashBody,
} from "./body-hash.ts";
export { ByteSink } from "./byte-sink.ts";
export { CanonicalizationError, type CanonicalizationErrorCode } from "./errors.ts";
export { canonicalizeField, canonicalizeSignatureField } from "./header-field.ts";
export type { CanonicalOutput } from "./run-buffer.ts";
export { selectSignedFields, type SignatureFieldBytes, writeSignedText } from "./signed-text.ts";
