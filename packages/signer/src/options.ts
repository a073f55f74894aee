import type { AlgorithmName, PrivateKey } from "@mailseal/crypto";
import type { Canonicalization } from "@mailseal/syntax";
import type { FieldPresetName } from "./signed-fields.ts";

/** One DKIM-Signature to make. Everything but the first three has a safe default. */
export interface SignatureOptions {
  /** The signing domain, d=. U-labels are written as A-labels. */
  readonly domain: string;
  /** The selector, s=. */
  readonly selector: string;
  /** A loaded key, see `loadPrivateKey` of `@mailseal/crypto`; load it once, sign many times. */
  readonly key: PrivateKey;
  /** a=. Default: rsa-sha256 or ed25519-sha256, by the key. `rsa-sha1` only when named here. */
  readonly algorithm?: AlgorithmName;
  /**
   * Which fields are signed and which may not be added, see `fieldPresets`: "strict", "standard" or "minimal".
   * `headers` and `oversign` go before it. Default "standard".
   */
  readonly fields?: FieldPresetName;
  /** c=, header then body. Default "relaxed/relaxed". */
  readonly canonicalization?: `${Canonicalization}/${Canonicalization}`;
  /**
   * The fields to sign, in the order of h=. A plain name signs one instance, and asserts absence
   * where there is none (RFC 6376 5.4.2); a repeated name signs the next instance upwards.
   * Suffixes: `?` one, nothing asserted; `*` all, absence asserted; `+` all, nothing asserted.
   * Default: every instance of the fields of `fields`.
   */
  readonly headers?: readonly string[];
  /**
   * Fields of which no further instance may be added in transit: each is named in h= once more
   * than it occurs; one with the suffix `?` only in a message that has it. Default: as `fields` has it, or
   * nothing where `headers` is given.
   */
  readonly oversign?: readonly string[];
  /**
   * In which order h= names the fields: "list", that of `headers`, or "message", that in which they
   * stand in the message and spelled as there, followed by those that are absent, in the order of the
   * list, as OpenDKIM has it. Verifiers make no difference. Default "list".
   */
  readonly fieldOrder?: "list" | "message";
  /** Fields never signed, whatever `headers` and `oversign` say. */
  readonly skip?: readonly string[];
  /** The identity (AUID), i=: `user@host` or `@host`, the host being d= or below it. */
  readonly identity?: string;
  /** Sign as this parent of `domain`: d= is the parent, i= defaults to `@domain`. */
  readonly baseDomain?: string;
  /** t=, Unix seconds. Default: now. "omit" leaves it out. */
  readonly timestamp?: number | "omit";
  /** x= as seconds after the time of signing. Default: no expiration. */
  readonly expireAfterSeconds?: number;
  /** l=: true signs the body's whole canonical length, a number at most so many octets. Default: no l=. */
  readonly bodyLength?: boolean | number;
  /** z=: copies of the signed fields, for diagnosis. Default false. */
  readonly copyHeaders?: boolean;
  /** q=, for example `["dns/txt"]`. Default: left out, which means dns/txt. */
  readonly queryMethods?: readonly string[];
  /** Further tags (RFC 6376 3.2), written before b=. */
  readonly extraTags?: readonly (readonly [name: string, value: string])[];
  /** The shortest RSA key to sign with. Default 2048 (RFC 8301 3.2). 512 is the least possible. */
  readonly minimumRsaBits?: number;
  /** Carried through to the result for the caller's statistics; the message is the same. Default false. */
  readonly testing?: boolean;
}

/**
 * What to do with a bare CR or LF, which SMTP cannot carry and some server will rewrite:
 * - `keep`: it is content and is signed as such. A message whose own line ending is LF (a Unix
 *   file) is signed as it will be sent, with CRLF, and its bytes stay as they are
 * - `reject`: a `SigningError` "bad-line-endings"
 * - `fix`: it becomes CRLF, in what is signed and in what is returned
 */
export type LineEndingPolicy = "keep" | "reject" | "fix";

export interface SignerOptions {
  /** Default "keep". */
  readonly lineEndings?: LineEndingPolicy;
  /**
   * The line endings of the new fields: "message", those of the message, so that a Unix file stays one, or
   * "crlf" for a message that goes out by SMTP whatever its lines end with. Default "message".
   */
  readonly fieldLineEndings?: "message" | "crlf";
  /** The clock, Unix seconds. Default: the system's. */
  readonly now?: () => number;
}
