import type { Canonicalization } from "@mailseal/syntax";

/** The results of RFC 8601 2.7.1, without "none", which applies to a message and not to a signature. */
export type Result = "pass" | "fail" | "policy" | "neutral" | "temperror" | "permerror";

/** Whether it matched; "none" if it could not be compared. */
export type Match = "match" | "mismatch" | "none";

/** Whether d= is the From domain, belongs to the same organization (RFC 7489 3.1.1), or neither. */
export type Alignment = "strict" | "relaxed" | "none";

/** Why a signature got its result. The codes are stable; each belongs to one result (see the README). */
export type VerdictCode =
  | "pass"
  | "pass-partial-body"
  | "body-hash-mismatch"
  | "signature-mismatch"
  | "no-key"
  | "key-revoked"
  | "key-malformed"
  | "key-unusable"
  | "key-type-mismatch"
  | "key-hash-not-allowed"
  | "key-service-not-allowed"
  | "key-subdomain-not-allowed"
  | "key-granularity"
  | "dns-failure"
  | "dns-timeout"
  | "body-length-exceeds-body"
  | "no-from"
  | "several-from"
  | "duplicate-field"
  | "malformed-header"
  | "required-field-unsigned"
  | "algorithm-not-allowed"
  | "key-too-short"
  | "body-unsigned"
  | "expired"
  | "signed-in-future"
  | "too-many-signatures"
  | "too-many-lookups"
  // The DKIM-Signature field itself cannot be used: codes of `parseSignature` in `@mailseal/syntax`.
  | `syntax:${string}`;

/** The outcome of verifying one DKIM-Signature field. */
export interface Verdict {
  /** The result of RFC 8601. */
  readonly result: Result;
  /** Why it has this result. */
  readonly code: VerdictCode;
  /** An explanation for people, with the values that matter. One printable line. */
  readonly reason: string;
  /** Whether bh= is the hash of the body. */
  readonly bodyHash: Match;
  /** Whether b= is a signature of the header by the key. */
  readonly signature: Match;
  /** d=, as an A-label; absent if the field has no usable one. */
  readonly domain?: string;
  /** s=; absent if the field has no usable one. */
  readonly selector?: string;
  /** i=, or its default `@` d=. */
  readonly identity?: string;
  /** a=; absent if the field has no usable one. */
  readonly algorithm?: string;
  /** c=, header then body. */
  readonly canonicalization?: `${Canonicalization}/${Canonicalization}`;
  /** The size of the key that was used, or that was refused for its size. */
  readonly keyBits?: number;
  /** The key record says t=y: the domain is testing, and the result must neither be trusted nor held against it (RFC 6376 3.6.1). */
  readonly testing: boolean;
  /** The key record has t=s: i= must not be in a subdomain. */
  readonly noSubdomains: boolean;
  /** Whether the key came with a DNSSEC-validated answer, if the resolver reports that. */
  readonly authenticatedKey?: boolean;
  /** t= and x=, Unix seconds. */
  readonly timestamp?: number;
  /** x=, Unix seconds. */
  readonly expiration?: number;
  /** The names in h=, lower case, in order. */
  readonly signedFields: readonly string[];
  /** Octets of the canonical body that l= leaves unsigned. 0 without l=. */
  readonly unsignedBodyBytes: number;
  /** How d= relates to the From domain; with several From domains the weakest counts. */
  readonly aligned: Alignment;
  /** The result is pass, and the key is not a testing key. */
  readonly trusted: boolean;
  /** The beginning of b=, unique within the message: header.b of RFC 6008. */
  readonly signatureStart?: string;
}

/** The result of verifying a message. */
export interface VerificationReport {
  /** The addresses of every From field, in order. */
  readonly from: readonly string[];
  /** One verdict for each DKIM-Signature field, from the top of the header down. */
  readonly signatures: readonly Verdict[];
}
