import { algorithms } from "@mailseal/crypto/algorithms";
import { quoted } from "@mailseal/errors";
import { toAsciiDomain } from "../address/domain-name.ts";
import { MailSyntaxError } from "../errors.ts";
import { encodeBase64 } from "../text/base64.ts";
import { FieldWriter, type FoldOptions } from "../text/field-writer.ts";
import { encodeQuotedPrintable } from "../text/quoted-printable.ts";
import { encodeUtf8Text, isAscii } from "../text/utf8.ts";
import type { Canonicalization } from "./dkim-signature.ts";
import {
  type CopiedField,
  MAX_TIME_DIGITS,
  checkIdentity,
  isFieldName,
  readKeyLocation,
  signatureTagNames,
} from "./signature-values.ts";

/** The tags of a DKIM-Signature field to write, except `v=1` and `b=`. */
export interface SignatureFieldTags {
  /** `a=`. */
  readonly algorithm: string;
  /** `d=`; U-labels become A-labels. */
  readonly domain: string;
  /** `s=`; U-labels become A-labels. */
  readonly selector: string;
  /** The first part of c=. */
  readonly headerCanonicalization: Canonicalization;
  /** The second part of c=. */
  readonly bodyCanonicalization: Canonicalization;
  /** `h=`, in order, written unchanged. Must include From. */
  readonly signedFields: readonly string[];
  /** `bh=`, of the size of the algorithm's hash. */
  readonly bodyHash: Uint8Array;
  /** `i=`: local part, "@" and a domain that is the signing domain or below it. */
  readonly identity?: string;
  /** `t=`, Unix seconds. */
  readonly timestamp?: number;
  /** `x=`, Unix seconds, later than `timestamp`. */
  readonly expiration?: number;
  /** `l=`, octets of the canonical body. */
  readonly bodyLength?: number;
  /** `q=`; must include "dns/txt". */
  readonly queryMethods?: readonly string[];
  /** `z=`; values are latin1 text, one character per byte. */
  readonly copiedFields?: readonly CopiedField[];
  /** Tags beyond RFC 6376, written unchanged: visible ASCII and single spaces. */
  readonly extraTags?: readonly (readonly [name: string, value: string])[];
}

/**
 * Writes a whole DKIM-Signature field without its final line ending, `b=` last and empty:
 *
 *     DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel;
 *      t=1700000000; h=From:To:Subject;
 *      bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=
 *
 * Folded at `width` columns (76); only base64, `h=` after ":" and `z=` break within a value. A longer token
 * has a line of its own. The field is pure ASCII, and `parseSignature` reads it back.
 *
 * ```ts
 * const field = formatSignatureField({
 *   algorithm: "rsa-sha256",
 *   domain: "example.com",
 *   selector: "mail2026",
 *   headerCanonicalization: "relaxed",
 *   bodyCanonicalization: "relaxed",
 *   signedFields: ["From", "Subject"],
 *   bodyHash: digest,
 * }); // ends with "b="
 * ```
 *
 * @throws MailSyntaxError "invalid-option" for any value that a verifier would refuse, for example one with
 * ";", CR, LF or another control character, and for a token that no line of 998 octets can hold.
 */
export function formatSignatureField(tags: SignatureFieldTags, options?: FoldOptions): string {
  const key = checkKeyLocation(tags);
  const writer = new FieldWriter("DKIM-Signature: v=1", options);
  writer.tag(`a=${checkAlgorithm(tags)}`);
  writer.tag(`c=${checkCanonicalization(tags)}`);
  writer.tag(`d=${key.domain}`);
  writer.tag(`s=${key.selector}`);
  if (tags.timestamp !== undefined) writer.tag(`t=${formatTime("timestamp", tags.timestamp)}`);
  if (tags.expiration !== undefined) writer.tag(`x=${formatExpiration(tags)}`);
  if (tags.queryMethods !== undefined) writer.tag(`q=${formatQueryMethods(tags.queryMethods)}`);
  if (tags.identity !== undefined) writer.tag(`i=${formatIdentity(tags.identity, key.domain)}`);
  if (tags.bodyLength !== undefined) writer.tag(`l=${formatLength(tags.bodyLength)}`);
  writer.listTag("h=", checkSignedFields(tags.signedFields));
  writer.breakableTag("bh=", encodeBase64(checkBodyHash(tags)));
  if (tags.copiedFields !== undefined) writeCopiedFields(writer, tags.copiedFields);
  if (tags.extraTags !== undefined) writeExtraTags(writer, tags.extraTags);
  writer.tag("b=");
  return writer.text;
}

/**
 * Folds the base64 of a signature, to be appended to the result of `formatSignatureField`.
 *
 * ```ts
 * const field = formatSignatureField(tags); // ends with "b="
 * const column = field.length - (field.lastIndexOf("\n") + 1);
 * const whole = `${field}${foldSignatureValue(encodeBase64(signature), column)}\r\n`;
 * ```
 *
 * @param column the number of characters on the last line of that result
 */
export function foldSignatureValue(b64: string, column: number, options?: FoldOptions): string {
  const writer = new FieldWriter("", options, column);
  writer.breakable(b64);
  return writer.text;
}

function refuse(expected: string, got: unknown): never {
  const shown = typeof got === "string" ? quoted(got) : String(got);
  throw new MailSyntaxError("invalid-option", `expected ${expected}, got ${shown}`);
}

function checkAlgorithm({ algorithm }: SignatureFieldTags): string {
  if (!algorithms.has(algorithm)) {
    refuse(`an algorithm of ${[...algorithms.keys()].join(", ")}`, algorithm);
  }
  return algorithm;
}

function checkCanonicalization(tags: SignatureFieldTags): string {
  const { headerCanonicalization: header, bodyCanonicalization: body } = tags;
  for (const name of [header, body]) {
    if (name !== "simple" && name !== "relaxed") {
      refuse('the canonicalization "simple" or "relaxed"', name);
    }
  }
  return `${header}/${body}`;
}

function checkKeyLocation(tags: SignatureFieldTags): { domain: string; selector: string } {
  const domain = isAscii(tags.domain) ? tags.domain : toAsciiDomain(tags.domain);
  const selector = isAscii(tags.selector) ? tags.selector : toAsciiDomain(tags.selector);
  const key = readKeyLocation(domain ?? "", selector ?? "");
  if (key === "bad-domain") return refuse("a signing domain such as example.org", tags.domain);
  if (key === "bad-selector") return refuse("a selector such as mail-2024", tags.selector);
  return key;
}

function formatTime(option: string, seconds: number): string {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds >= 10 ** MAX_TIME_DIGITS) {
    refuse(`${option} in whole Unix seconds of at most ${MAX_TIME_DIGITS} digits`, seconds);
  }
  return String(seconds);
}

function formatExpiration({ timestamp, expiration = 0 }: SignatureFieldTags): string {
  if (timestamp !== undefined && expiration <= timestamp) {
    refuse(`an expiration later than the timestamp ${timestamp}`, expiration);
  }
  return formatTime("expiration", expiration);
}

function formatLength(octets: number): string {
  if (!Number.isSafeInteger(octets) || octets < 0) {
    refuse("a body length in whole octets", octets);
  }
  return String(octets);
}

function formatQueryMethods(methods: readonly string[]): string {
  if (!methods.every(isFieldName) || !methods.some((name) => name.toLowerCase() === "dns/txt")) {
    refuse('query methods with "dns/txt" among them', methods.join(":"));
  }
  return methods.join(":");
}

function formatIdentity(identity: string, domain: string): string {
  const checked = checkIdentity(identity, domain);
  if (checked === "bad-identity") return refuse('an identity [local part] "@" domain', identity);
  if (checked === "identity-mismatch") {
    return refuse(`an identity whose domain is ${domain} or below it`, identity);
  }
  return `${encodeQuotedPrintable(encodeUtf8Text(checked.localPart))}@${checked.domain}`;
}

function checkSignedFields(names: readonly string[]): readonly string[] {
  let from = false;
  for (const name of names) {
    if (!isFieldName(name)) refuse("a header field name to sign", name);
    from ||= name.length === 4 && name.toLowerCase() === "from";
  }
  if (!from) refuse("From among the fields to sign (RFC 6376 5.4)", names.join(":"));
  return names;
}

function checkBodyHash({ algorithm, bodyHash }: SignatureFieldTags): Uint8Array {
  const size = algorithms.get(algorithm)?.hashBytes;
  if (bodyHash.length !== size) {
    refuse(`a body hash of ${size} octets for ${algorithm}`, `${bodyHash.length} octets`);
  }
  return bodyHash;
}

function writeCopiedFields(writer: FieldWriter, fields: readonly CopiedField[]): void {
  if (fields.length === 0) refuse("at least one field to copy, or no copiedFields", "none");
  for (const [index, { name, value }] of fields.entries()) {
    if (!isFieldName(name) || name.includes("|")) refuse('the name of a field, without "|"', name);
    const encoded = encodeQuotedPrintable(value);
    if (index === 0) writer.breakableTag(`z=${name}:`, encoded);
    else {
      writer.glue("|");
      writer.breakableItem(`${name}:`, encoded);
    }
  }
}

/** v, a, c, d, s, h, bh and b are always written, and a list holds at most 100 tags. */
const MAX_EXTRA_TAGS = 80;

function writeExtraTags(
  writer: FieldWriter,
  extraTags: readonly (readonly [name: string, value: string])[],
): void {
  if (extraTags.length > MAX_EXTRA_TAGS)
    refuse(`at most ${MAX_EXTRA_TAGS} extra tags`, extraTags.length);
  const seen = new Set<string>(signatureTagNames);
  for (const [name, value] of extraTags) {
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || seen.has(name)) {
      refuse("the name of an extra tag, not used already", name);
    }
    if (!/^(?:[!-:<-~](?:[ !-:<-~]*[!-:<-~])?)?$/.test(value)) {
      refuse("the value of an extra tag in visible ASCII without semicolon", value);
    }
    seen.add(name);
    writer.tag(`${name}=${value}`);
  }
}
