/**
 * The severity. Error: receivers will refuse the key. Warning: some receivers will, or the record does less than
 * its publisher may expect. Note: nothing needs to change.
 */
export type AdviceLevel = "error" | "warning" | "note";

/** A finding about a key record, and what to do about it. */
export interface Advice {
  /** How serious it is. */
  readonly level: AdviceLevel;
  /** The kind of advice. */
  readonly code: AdviceCode;
  /** The finding, in one sentence. It may quote the record, which is hostile text. */
  readonly message: string;
  /** The remedy, in one or two sentences. */
  readonly advice: string;
}

/** Codes of `parseKeyRecord`: the record as a whole cannot be used. */
export type KeyRecordErrorCode =
  | "syntax"
  | "duplicate-tag"
  | "too-many-tags"
  | "record-too-long"
  | "bad-version"
  | "missing-public-key"
  | "bad-base64";

/** The codes of advice. They are stable; the README lists them. */
export type AdviceCode =
  | KeyRecordErrorCode
  | "no-record"
  | "not-a-key-record"
  | "other-record"
  | "several-records"
  | "string-too-long"
  | "line-break"
  | "not-ascii"
  | "private-key"
  | "quotes"
  | "quotes-in-key"
  | "backslash"
  | "missing-semicolon"
  | "empty-tag"
  | "empty-list-item"
  | "tag-case"
  | "unknown-tag"
  | "version-missing"
  | "white-space-in-key"
  | "testing"
  | "no-subdomains"
  | "unknown-flag"
  | "sha1-only"
  | "sha1-listed"
  | "no-usable-hash"
  | "service-excludes-mail"
  | "service-restricted"
  | "granularity-obsolete"
  | "revoked"
  | "unknown-key-type"
  | "key-type-wrong"
  | "key-unusable"
  | "key-too-short"
  | "key-short"
  | "key-long"
  | "key-pkcs1"
  | "key-not-raw";
