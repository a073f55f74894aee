/** What happened to a signature; stable, each documented in the README. */
export type CauseCode =
  | "body-appended"
  | "body-truncated"
  | "body-trailing-blank-lines"
  | "body-whitespace"
  | "body-line-endings"
  | "body-reencoded"
  | "body-edited"
  | "field-added"
  | "field-removed"
  | "field-edited"
  | "field-refolded"
  | "field-reordered"
  | "wrong-canonicalization"
  | "wrong-key"
  | "no-key"
  | "key-malformed"
  | "key-revoked"
  | "dns-failure"
  | "expired"
  | "policy"
  | "not-determined";

/** One place, as it is and as it was signed; latin1, one character a byte. */
export interface Change {
  /** Lines that are there and were not signed. */
  readonly received?: string;
  /** Lines that were signed and are not there. */
  readonly signed?: string;
}

/** One thing that explains why a signature is not what it could be. */
export interface Cause {
  readonly code: CauseCode;
  /** The header field concerned, in lower case. */
  readonly field?: string;
  /** How it is known: what was undone, and what matched then. */
  readonly evidence: string;
  /** What happened, in one sentence for an administrator. Printable. */
  readonly detail: string;
  /** The places that differ, the first few. */
  readonly changes?: readonly Change[];
}

/** A message as it may have been signed, by one step back. */
export interface Step {
  readonly code: CauseCode;
  readonly field?: string;
  readonly detail: string;
  readonly changes?: readonly Change[];
}
