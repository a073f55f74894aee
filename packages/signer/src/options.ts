import {
  type AlgorithmName,
  algorithmNames,
  type KeyInput,
  type PrivateKey,
} from "@mailseal/crypto";
import {
  anyObject,
  callback,
  either,
  faultOf,
  listOf,
  oneOf,
  type OptionRules,
  optionsCheck,
  required,
  secret,
  text,
  trueOrFalse,
  wholeNumber,
} from "@mailseal/errors";
import { type CanonicalizationPair, canonicalizationPairs } from "@mailseal/syntax";
import { badOption } from "./errors.ts";
import { type FieldPresetName, fieldPresetNames } from "./signed-fields.ts";

/** One DKIM-Signature to make. Everything but the first three has a safe default. */
export interface SignatureOptions {
  /** The signing domain, d=. U-labels are written as A-labels. */
  readonly domain: string;
  /** The selector, s=. */
  readonly selector: string;
  /**
   * A loaded key, or what `loadPrivateKey` loads: PEM, DER, base64 or a seed as text or bytes, or a `KeyObject`.
   * `createSigner` loads it once; load it yourself to use one key in several signers, or one with a passphrase.
   */
  readonly key: PrivateKey | KeyInput;
  /** a=. Default: rsa-sha256 or ed25519-sha256, depending on the key. `rsa-sha1` is used only if it is set here. */
  readonly algorithm?: AlgorithmName;
  /**
   * The fields to sign and the fields that may not be added, see `fieldPresets`: "strict", "standard" or
   * "minimal". `headers` and `oversign` override it. Default "standard".
   */
  readonly fields?: FieldPresetName;
  /** c=, header then body. Default "relaxed/relaxed". */
  readonly canonicalization?: CanonicalizationPair;
  /**
   * The fields to sign, in the order of h=. A plain name signs one instance, or asserts absence
   * if there is none (RFC 6376 5.4.2); a repeated name signs the next instance upwards.
   * Suffixes: `?` one, nothing asserted; `*` all, absence asserted; `+` all, nothing asserted.
   * Default: every instance of the fields of `fields`.
   */
  readonly headers?: readonly string[];
  /**
   * Fields of which no further instance may be added in transit: each is named in h= once more
   * than it occurs; a name with the suffix `?` only in a message that has the field. Default: the list of
   * `fields`, or none if `headers` is set.
   */
  readonly oversign?: readonly string[];
  /**
   * The order of the fields in h=: "list" is the order of `headers`; "message" is the order and spelling of
   * the message, followed by absent fields in the order of the list, as OpenDKIM does. It makes no difference
   * to verifiers. Default "list".
   */
  readonly fieldOrder?: "list" | "message";
  /** Fields that are never signed, even if `headers` or `oversign` names them. */
  readonly skip?: readonly string[];
  /** The identity (AUID), i=: `user@host` or `@host`, where the host is d= or a subdomain of it. */
  readonly identity?: string;
  /** Sign as this parent of `domain`: d= is the parent, i= defaults to `@domain`. */
  readonly baseDomain?: string;
  /** t=, Unix seconds. Default: now. "omit" leaves it out. */
  readonly timestamp?: number | "omit";
  /** x= as seconds after the time of signing. Default: no expiration. */
  readonly expireAfterSeconds?: number;
  /** l=: true signs the whole canonical body and states its length; a number signs at most that many octets. Default: no l=. */
  readonly bodyLength?: boolean | number;
  /** z=: adds copies of the signed fields, for diagnosis. Default false. */
  readonly copyHeaders?: boolean;
  /** q=, for example `["dns/txt"]`. Default: no q=, which means dns/txt. */
  readonly queryMethods?: readonly string[];
  /** Further tags (RFC 6376 3.2), written before b=. */
  readonly extraTags?: readonly (readonly [name: string, value: string])[];
  /** The shortest RSA key to sign with. Default 2048 (RFC 8301 3.2), minimum 512. */
  readonly minimumRsaBits?: number;
  /** Copied to the result for the caller's statistics; it does not change the message. Default false. */
  readonly testing?: boolean;
}

/**
 * What to do with a bare CR or LF, which SMTP cannot carry and some server on the way will rewrite:
 * - `fix`: change it to CRLF (RFC 6376 5.3), in the signed text and in the returned bytes; `repairs` of the result
 *   says that, and where
 * - `keep`: sign it as content. A message whose own line ending is LF (a Unix file) is signed with CRLF,
 *   as it will be sent, and its bytes stay as they are
 * - `reject`: throw a `SigningError` "bad-line-endings"
 */
export type LineEndingPolicy = "keep" | "reject" | "fix";

/** The options of a signer that hold for all its signatures. */
export interface SignerOptions {
  /** Default "fix". */
  readonly lineEndings?: LineEndingPolicy;
  /**
   * The line endings of the new fields with the policy `keep`: "message" uses those of the message, so that a Unix
   * file stays a Unix file; "crlf" is for a message that is sent by SMTP whatever its lines end with. Default
   * "message".
   */
  readonly fieldLineEndings?: "message" | "crlf";
  /** The clock, Unix seconds. Default: the system's. */
  readonly now?: () => number;
}

const fieldNames = listOf("field names", text);
/** RFC 6376 3.5: t= and x= have at most 12 digits. */
const latestSeconds = 999_999_999_999;

const unixSeconds = wholeNumber(0, latestSeconds, "Unix seconds");

/** The reading of `now`. Throws a `SigningError` "bad-option" for one that no t= can hold, such as milliseconds. */
export function checkedNow(reading: number): number {
  if (unixSeconds.accepts(reading)) return reading;
  const { message } = faultOf(unixSeconds, reading, "now()");
  throw badOption(`${message}; return Math.floor(Date.now() / 1000)`);
}

export const signatureRules: OptionRules<SignatureOptions> = {
  domain: required(text),
  selector: required(text),
  key: required(
    secret(either(text, anyObject("bytes of a private key, a KeyObject or a PrivateKey"))),
  ),
  algorithm: oneOf(algorithmNames()),
  fields: oneOf(fieldPresetNames),
  canonicalization: oneOf(canonicalizationPairs),
  headers: fieldNames,
  oversign: fieldNames,
  fieldOrder: oneOf(["list", "message"]),
  skip: fieldNames,
  identity: text,
  baseDomain: text,
  timestamp: either(unixSeconds, oneOf(["omit"])),
  expireAfterSeconds: wholeNumber(1, latestSeconds, "seconds"),
  bodyLength: either(trueOrFalse, wholeNumber(0, Infinity, "octets")),
  copyHeaders: trueOrFalse,
  queryMethods: listOf("query methods", text),
  extraTags: listOf("pairs of name and value", {
    expected: "a pair of name and value",
    accepts: (it) =>
      Array.isArray(it) && it.length === 2 && it.every((part) => typeof part === "string"),
  }),
  minimumRsaBits: wholeNumber(512, Infinity, "bits"),
  testing: trueOrFalse,
};

/** Checks the options of one signature. Throws a `SigningError`. */
export const checkSignatureOptions: (options: unknown, path?: string) => void =
  optionsCheck<SignatureOptions>("signatures", signatureRules, badOption);

export const signerRules: OptionRules<SignerOptions> = {
  lineEndings: oneOf(["keep", "reject", "fix"]),
  fieldLineEndings: oneOf(["message", "crlf"]),
  now: callback,
};

/** Checks the options of a signer. Throws a `SigningError` "bad-option". */
export const checkSignerOptions: (options: unknown) => void = optionsCheck<SignerOptions>(
  "options",
  signerRules,
  badOption,
);
