/**
 * Verifies the DKIM signatures of a message (RFC 6376, 8301, 8463, 8616).
 *
 * ```ts
 * import { keySource, nodeResolver, verify } from "@mailseal/verifier";
 *
 * const keys = keySource(nodeResolver());
 * const report = await verify(message, { keys });
 * for (const { result, domain, reason } of report.signatures) {
 *   console.log(result, domain, reason);
 * }
 * ```
 *
 * Verdicts are data: nothing in a message or in DNS makes it throw. It does not evaluate SPF,
 * DMARC policies or ARC, and does not decide what to do with the message.
 */
export {
  type CachedKeySource,
  type KeySource,
  keySource,
  nodeResolver,
  type NodeResolverOptions,
  parseZone,
  staticResolver,
  type TxtAnswer,
  type TxtResolver,
} from "@mailseal/dns-record";
export { authenticationResultsField, toAuthenticationResults } from "./authentication-results.ts";
export { VerificationError, type VerificationErrorCode } from "./errors.ts";
export type { VerifyOptions } from "./options.ts";
export type {
  Alignment,
  Match,
  Result,
  Verdict,
  VerdictCode,
  VerificationReport,
} from "./verdict.ts";
export { Verification } from "./verification.ts";
export { verify } from "./verify.ts";
