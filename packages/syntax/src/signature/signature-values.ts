// The values of single DKIM-Signature tags (RFC 6376 3.5), shared by the parser and the writer so that the one accepts what the other writes.

import { toAsciiDomain } from "../address/domain-name.ts";
import { type FieldName, fieldNameIn } from "../message/field-name.ts";
import { decodeQuotedPrintable, withoutWhiteSpace } from "../text/quoted-printable.ts";
import { decodeUtf8Text, encodeUtf8Text, isAscii } from "../text/utf8.ts";

/** The tags that mean something in a signature; all others are ignored. */
export const signatureTagNames: ReadonlySet<string> = new Set(
  "v a b bh c d h i l q s t x z".split(" "),
);

/** RFC 6376 3.5: `t=` and `x=` are 1*12DIGIT, `l=` is 1*76DIGIT. */
export const MAX_TIME_DIGITS = 12;
export const MAX_LENGTH_DIGITS = 76;

/**
 * Plain decimal digits, at most `maxDigits` of them; Infinity for a number too large to be exact.
 * Signs, white space, hexadecimal and fractions are undefined.
 */
export function readDigits(text: string, maxDigits: number): number | undefined {
  if (text.length === 0 || text.length > maxDigits) return undefined;
  let number = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number <= Number.MAX_SAFE_INTEGER ? number : Infinity;
}

/**
 * The elements of `h=` or `q=`, from `start` to `end` of a text: visible ASCII separated by ":" with FWS
 * around it. Undefined if an element is empty or contains white space.
 */
export function readColonList(
  text: string,
  start: number,
  end: number,
): readonly FieldName[] | undefined {
  const elements: FieldName[] = [];
  let from = -1;
  let to = -1;
  for (let index = start; index <= end; index++) {
    const code = index < end ? text.charCodeAt(index) : COLON;
    if (code === COLON) {
      if (from < 0) return undefined;
      elements.push(fieldNameIn(text, from, to));
      from = -1;
      to = -1;
    } else if (code > 0x20 && code < 0x7f) {
      if (from < 0) from = index;
      else if (to !== index) return undefined;
      to = index + 1;
    } else if (!isWhiteSpace(code)) return undefined;
  }
  return elements;
}

export interface KeyLocation {
  readonly domain: string;
  readonly selector: string;
}

/** The last valid location, because most mail uses the same few keys. */
let lastLocation: { readonly given: KeyLocation; readonly checked: KeyLocation } | undefined;

/**
 * Checks `d=` and `s=`: `d=` has at least two labels, and the name of the key record is valid in DNS.
 * U-labels, which internationalized messages should use here (RFC 8616 5), are returned as A-labels. The
 * domain is returned in lower case, a selector without U-labels as written.
 */
export function readKeyLocation(
  domain: string,
  selector: string,
): KeyLocation | "bad-domain" | "bad-selector" {
  const last = lastLocation;
  if (last !== undefined && last.given.domain === domain && last.given.selector === selector) {
    return last.checked;
  }
  const asciiDomain = asciiName(domain)?.toLowerCase();
  if (asciiDomain === undefined || !asciiDomain.includes(".")) return "bad-domain";
  const asciiSelector = asciiName(selector);
  if (asciiSelector === undefined) return "bad-selector";
  if (toAsciiDomain(`${asciiSelector}._domainkey.${asciiDomain}`) === undefined) {
    return "bad-selector";
  }
  const checked = { domain: asciiDomain, selector: asciiSelector };
  lastLocation = { given: { domain, selector }, checked };
  return checked;
}

/** More octets than any name in U-labels that is valid in DNS as A-labels. */
const maxNameOctets = 1024;

/** A name with its U-labels as A-labels, or as written if it has none; undefined if it is not valid in DNS. */
function asciiName(latin1: string): string | undefined {
  if (latin1.length > maxNameOctets) return undefined;
  const name = decodeUtf8Text(latin1);
  const ascii = name === undefined ? undefined : toAsciiDomain(name);
  return ascii !== undefined && isAscii(latin1) ? latin1 : ascii;
}

export interface Identity {
  readonly identity: string;
  readonly localPart: string;
  /** A-labels, lower case. */
  readonly domain: string;
}

/**
 * Reads `i=`: dkim-quoted-printable of [Local-part] "@" domain-name, both parts possibly UTF-8 (RFC 8616).
 * The domain is compared as A-labels and must be `d=` or below it.
 *
 * The "@" is found before decoding, and a local part that cannot be decoded stays as written (signers put
 * VERP addresses here, with a plain "=" or "=40"). So there is only one way to read the domain.
 */
export function readIdentity(
  value: string,
  signingDomain: string,
): Identity | "bad-identity" | "identity-mismatch" {
  const given = decodeUtf8Text(withoutWhiteSpace(value));
  const at = given === undefined ? -1 : localPartEnd(given);
  if (given === undefined || at < 0) return "bad-identity";
  const localPart = decodeUtf8Quoted(given.slice(0, at));
  const whole = localPart === undefined ? "" : `${localPart}@`;
  const decoded = localPart !== undefined && localPartEnd(whole) === whole.length - 1;
  const domain = decodeUtf8Quoted(given.slice(at + 1)) ?? "";
  return checkIdentity((decoded ? whole : given.slice(0, at + 1)) + domain, signingDomain);
}

function decodeUtf8Quoted(text: string): string | undefined {
  const octets = decodeQuotedPrintable(encodeUtf8Text(text));
  return octets === undefined ? undefined : decodeUtf8Text(octets);
}

export function checkIdentity(
  identity: string,
  signingDomain: string,
): Identity | "bad-identity" | "identity-mismatch" {
  const at = localPartEnd(identity);
  if (at < 0) return "bad-identity";
  const written = identity.slice(at + 1);
  const domain = written.length > 253 ? undefined : toAsciiDomain(written);
  if (domain === undefined) return "bad-identity";
  if (domain !== signingDomain && !domain.endsWith(`.${signingDomain}`)) return "identity-mismatch";
  return { identity, localPart: identity.slice(0, at), domain };
}

/**
 * The offset of the "@" that ends the local part; -1 if the local part is not valid. It may be empty, quoted,
 * or a run of atoms and dots in any order: more than RFC 5321 allows, but nothing that another reader could
 * read as a different domain.
 */
function localPartEnd(text: string): number {
  if (text.charCodeAt(0) === QUOTE) return quotedLocalPartEnd(text);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === AT) return index;
    if (code <= 0x20 || (code >= 0x7f && code < 0xa0) || SPECIALS.includes(text.charAt(index))) {
      return -1;
    }
  }
  return -1;
}

function quotedLocalPartEnd(text: string): number {
  for (let index = 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) return text.charCodeAt(index + 1) === AT ? index + 1 : -1;
    if (code === BACKSLASH) index++;
    if (isControl(text.charCodeAt(index))) return -1;
  }
  return -1;
}

/** A field in z= (RFC 6376 3.5). */
export interface CopiedField {
  /** The name of the field. */
  readonly name: string;
  /** Latin1 text, one character per byte. */
  readonly value: string;
}

/**
 * Reads `z=`: name ":" dkim-quoted-printable, separated by "|". White space is removed everywhere, because
 * OpenDKIM folds at a fixed column, even within names.
 */
export function readCopiedFields(folded: string): readonly CopiedField[] | undefined {
  const value = withoutWhiteSpace(folded);
  const fields: CopiedField[] = [];
  for (let from = 0; from <= value.length;) {
    const bar = value.indexOf("|", from);
    const to = bar < 0 ? value.length : bar;
    const colon = value.indexOf(":", from);
    if (colon < 0 || colon > to) return undefined;
    const name = value.slice(from, colon);
    const text = decodeQuotedPrintable(value.slice(colon + 1, to));
    if (!isFieldName(name) || text === undefined) return undefined;
    fields.push({ name, value: text });
    from = to + 1;
  }
  return fields;
}

/**
 * Whether a text is a field name or a query method: visible ASCII without ":", and without ";", which a tag
 * list cannot contain.
 */
export function isFieldName(name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code <= 0x20 || code >= 0x7f || code === COLON || code === SEMICOLON) return false;
  }
  return name.length > 0;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const AT = 0x40;
const BACKSLASH = 0x5c;
const SPECIALS = '()<>[]:;,\\"';

function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}

/** C0 including HTAB, DEL and C1; also NaN (past the end). */
function isControl(code: number): boolean {
  return !(code >= 0x20 && code < 0x7f) && !(code >= 0xa0);
}
