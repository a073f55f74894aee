import type { CopiedField } from "./signature-values.ts";
import type { TagList, TagListErrorCode } from "./tag-list.ts";

/** A canonicalization of RFC 6376 3.4. */
export type Canonicalization = "simple" | "relaxed";

/** The canonicalization algorithms of c=. */
export const canonicalizations: readonly Canonicalization[] = ["simple", "relaxed"];

/** A value of c=: the header's canonicalization, then the body's. */
export type CanonicalizationPair = `${Canonicalization}/${Canonicalization}`;

/**
 * Every value of c= that names both.
 *
 * ```ts
 * canonicalizationPairs.includes("relaxed/relaxed"); // true
 * ```
 */
export const canonicalizationPairs: readonly CanonicalizationPair[] = canonicalizations.flatMap(
  (header) => canonicalizations.map((body): CanonicalizationPair => `${header}/${body}`),
);

/** A DKIM-Signature field whose every tag is well-formed (RFC 6376 3.5, 8301, 8463, 8616). */
export interface DkimSignature {
  /** `a=`, lower case; a name in the table of `@mailseal/crypto`. */
  readonly algorithm: string;
  /** `b=`. */
  readonly signature: Uint8Array;
  /** `bh=`, of the size of the algorithm's hash. */
  readonly bodyHash: Uint8Array;
  /** The first part of c=. */
  readonly headerCanonicalization: Canonicalization;
  /** The second part of c=. */
  readonly bodyCanonicalization: Canonicalization;
  /** `d=`: A-labels, lower case, at least two labels. */
  readonly domain: string;
  /** `s=`, as written, U-labels as A-labels; `s._domainkey.d` is a name that DNS can carry. */
  readonly selector: string;
  /** `h=`, lower case, in order, with repetitions. Includes "from". */
  readonly signedFields: readonly string[];
  /** `h=`, as written. */
  readonly signedFieldNames: readonly string[];
  /** `i=`, decoded from quoted-printable and otherwise as written; "@" and the domain if it is absent. */
  readonly identity: string;
  /** The domain of the identity: A-labels, lower case, `d=` or below it. */
  readonly identityDomain: string;
  /** `l=` in octets; Infinity if it exceeds Number.MAX_SAFE_INTEGER. */
  readonly bodyLength?: number;
  /** `q=`, lower case, including unknown methods; "dns/txt" is among them. */
  readonly queryMethods: readonly string[];
  /** `t=`, Unix seconds. */
  readonly timestamp?: number;
  /** `x=`, Unix seconds, later than `timestamp`. */
  readonly expiration?: number;
  /** `z=`. For diagnosis only: RFC 6376 3.5 forbids verifying with it. */
  readonly copiedFields?: readonly CopiedField[];
  /** All tags, as written. */
  readonly tags: TagList;
  /**
   * Offsets in the parsed text of the raw value of `b=`, including white space: the part that RFC 6376 3.7
   * removes for the hash.
   */
  readonly signatureStart: number;
  /** The end of the value of b=, in characters of the field's value. */
  readonly signatureEnd: number;
}

/** The claims of a malformed signature, as written and unchecked: for display, never for a lookup. */
export interface PartialSignature {
  /** d=, if it could be read. */
  readonly domain?: string;
  /** s=, if it could be read. */
  readonly selector?: string;
  /** a=, if it could be read. */
  readonly algorithm?: string;
  /** i=, if it could be read. */
  readonly identity?: string;
  /** c=, if it could be read. */
  readonly canonicalization?: string;
}

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

/** A DKIM-Signature field, or the code and reason why it cannot be used. */
export type SignatureParse =
  | { readonly ok: true; readonly signature: DkimSignature }
  | {
      readonly ok: false;
      readonly code: SignatureErrorCode;
      readonly reason: string;
      readonly partial: PartialSignature;
    };
