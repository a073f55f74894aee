import type { TagListErrorCode } from "./tag-list.ts";

/** Why a DKIM-Signature field is unusable. Stable: callers may compare it. */
export type SignatureErrorCode =
  | TagListErrorCode
  | "missing-tag"
  | "bad-version"
  | "bad-algorithm"
  | "bad-canonicalization"
  | "bad-domain"
  | "bad-selector"
  | "bad-identity"
  | "identity-mismatch"
  | "bad-header-list"
  | "from-not-signed"
  | "bad-query"
  | "bad-timestamp"
  | "bad-expiration"
  | "expires-before-signed"
  | "bad-body-length"
  | "bad-base64"
  | "bad-body-hash" /* not canonical base64: no body can have it */
  | "body-hash-length"
  | "bad-copied-fields";

/** The result of a reader of tags that refuses the signature. */
export class Refusal {
  readonly code: SignatureErrorCode;
  readonly reason: string;

  constructor(code: SignatureErrorCode, reason: string) {
    this.code = code;
    this.reason = reason;
  }
}
