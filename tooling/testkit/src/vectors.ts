import { readCases } from "./corpus.ts";

interface VectorCase {
  readonly id: string;
  readonly source: string;
  readonly license: string;
  readonly notes: string;
}

/** The chunks are written one after the other; text is latin1, one character a byte. */
export interface CanonicalizationVector extends VectorCase {
  readonly kind: "canon-header-relaxed" | "canon-body-simple" | "canon-body-relaxed";
  readonly chunks: readonly string[];
  readonly expect: string;
}

export interface CanonicalMessageVector extends VectorCase {
  readonly kind: "canon-message";
  readonly message: string;
  readonly relaxed_headers: string;
  readonly relaxed_body: string;
  readonly simple_headers: string;
  readonly simple_body: string;
}

export interface ChunkInvarianceVector extends VectorCase {
  readonly kind: "canon-invariance";
  readonly body: string;
}

/** The body is in the case, or in the message at `message_path`. */
export interface BodyHashVector extends VectorCase {
  readonly kind: "body-hash";
  readonly body?: string;
  readonly message_path?: string;
  readonly canon: "simple" | "relaxed";
  readonly hash: "sha1" | "sha256";
  readonly l?: number;
  /** The hash in base64. */
  readonly expect: string;
}

export interface KeyRecordVector extends VectorCase {
  readonly kind: "key-record";
  readonly record: string;
  readonly expect: "valid" | "invalid" | "revoked";
  readonly reason?: string;
  readonly is_dkim?: boolean;
  readonly flags?: string;
}

/** Does the key record allow this signature? Nothing is verified. */
export interface KeyMatchVector extends VectorCase {
  readonly kind: "key-sig-match";
  readonly record: string;
  readonly header: string;
  readonly expect: "accept" | "reject";
}

export interface SignatureSyntaxVector extends VectorCase {
  readonly kind: "sig-syntax";
  readonly header: string;
  readonly smtputf8?: boolean;
  readonly expect: "valid" | "invalid" | "bad-algorithm";
  readonly reason?: string;
}

export interface AuthenticationResultsVector extends VectorCase {
  readonly kind: "authres-parse";
  readonly value: string;
  readonly expect: "valid" | "invalid";
  readonly fields?: { readonly authserv_id?: string; readonly authres_version?: string };
  /** The index of the result, its property, and the value. */
  readonly results?: readonly (readonly [string, string, string])[];
}

/** A section of a key record's n= tag (RFC 6376 2.11). */
export interface QuotedPrintableVector extends VectorCase {
  readonly kind: "qp-section-encode";
  readonly input: string;
  readonly expect: string;
}

export type Vector =
  | CanonicalizationVector
  | CanonicalMessageVector
  | ChunkInvarianceVector
  | BodyHashVector
  | KeyRecordVector
  | KeyMatchVector
  | SignatureSyntaxVector
  | AuthenticationResultsVector
  | QuotedPrintableVector;

const knownKeys: Record<Vector["kind"], string> = {
  "canon-header-relaxed": "chunks expect",
  "canon-body-simple": "chunks expect",
  "canon-body-relaxed": "chunks expect",
  "canon-message": "message relaxed_headers relaxed_body simple_headers simple_body",
  "canon-invariance": "body",
  "body-hash": "body message_path canon hash l expect",
  "key-record": "record expect reason is_dkim flags",
  "key-sig-match": "record header expect",
  "sig-syntax": "header smtputf8 expect reason",
  "authres-parse": "value expect fields results",
  "qp-section-encode": "input expect",
};

/** The small cases of the corpus, all or those of one kind; empty if there is no corpus. */
export function readVectors(): readonly Vector[];
export function readVectors<Kind extends Vector["kind"]>(kind: Kind): readonly VectorOfKind<Kind>[];
export function readVectors(kind?: Vector["kind"]): readonly Vector[] {
  const vectors = readCases<Vector>("vectors.jsonl", knownKeys);
  return kind === undefined ? vectors : vectors.filter((read) => read.kind === kind);
}

/** Not Extract<Vector, { kind: Kind }>: one interface serves several kinds. */
export type VectorOfKind<Kind extends Vector["kind"]> = Vector extends infer Shape
  ? Shape extends { readonly kind: infer Kinds }
    ? Kind extends Kinds
      ? Shape
      : never
    : never
  : never;
