import { MailSyntaxError } from "../errors.ts";
import { checkText } from "./argument-checks.ts";

// Texts here are latin1: one character is one byte. The charset of the bytes is left to the caller.

const HEX = "0123456789ABCDEF";

/**
 * Encodes dkim-quoted-printable (RFC 6376 2.11), the form of `i=` and `z=`. White space, controls, 8-bit
 * bytes, "=", ";" and also "|" (the separator of `z=`) become "=XX", so the result never needs a fold and
 * never ends a tag.
 *
 * ```ts
 * encodeQuotedPrintable("a;b"); // "a=3Bb"
 * ```
 *
 * @throws MailSyntaxError "invalid-option" for a character above U+00FF.
 */
export function encodeQuotedPrintable(text: string): string {
  checkText(text);
  return encode(text, () => false);
}

/**
 * Encodes qp-section (RFC 2045 6.7, RFC 6376 3.6.1), the form of `n=` in a key record: spaces and tabs within
 * the text are kept.
 *
 * @throws MailSyntaxError "invalid-option" for a character above U+00FF.
 */
export function encodeQuotedPrintableSection(text: string): string {
  const last = text.length - 1;
  return encode(text, (code, index) => isWsp(code) && index > 0 && index < last);
}

/**
 * Decodes dkim-quoted-printable. White space is removed everywhere, even inside "=XX", because some signers
 * fold `z=` at a fixed column. 8-bit bytes are kept (RFC 8616). Undefined for ";", control characters, and
 * "=" without two hexadecimal digits.
 *
 * ```ts
 * decodeQuotedPrintable("a=3Bb"); // "a;b"
 * ```
 */
export function decodeQuotedPrintable(text: string): string | undefined {
  checkText(text);
  return decode(withoutWhiteSpace(text), "illegal");
}

/** Decodes qp-section: the same, but white space is text. */
export function decodeQuotedPrintableSection(text: string): string | undefined {
  return decode(text, "text");
}

function encode(text: string, keeps: (code: number, index: number) => boolean): string {
  let encoded = "";
  let from = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (isSafe(code) && code !== 0x7c /* | */) continue;
    if (keeps(code, index)) continue;
    if (code > 0xff) {
      throw new MailSyntaxError(
        "invalid-option",
        `expected text of one character per byte to encode as quoted-printable, got U+${code.toString(16).toUpperCase()}; encode it as UTF-8 first`,
      );
    }
    encoded += `${text.slice(from, index)}=${HEX.charAt(code >> 4)}${HEX.charAt(code & 15)}`;
    from = index + 1;
  }
  return from === 0 ? text : encoded + text.slice(from);
}

function decode(text: string, whiteSpace: "text" | "illegal"): string | undefined {
  let decoded = "";
  let from = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (isSafe(code) || code >= 0x80) continue;
    if (whiteSpace === "text" && isWsp(code)) continue;
    if (code !== 0x3d /* = */) return undefined;
    const high = hexValue(text.charCodeAt(index + 1));
    const low = hexValue(text.charCodeAt(index + 2));
    if (high < 0 || low < 0) return undefined;
    decoded += text.slice(from, index) + String.fromCharCode(high * 16 + low);
    index += 2;
    from = index + 1;
  }
  return from === 0 ? text : decoded + text.slice(from);
}

/** Without FWS. */
export function withoutWhiteSpace(text: string): string {
  let kept = "";
  let from = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (!isWsp(code) && code !== 0x0d && code !== 0x0a) continue;
    kept += text.slice(from, index);
    from = index + 1;
  }
  return from === 0 ? text : kept + text.slice(from);
}

/** dkim-safe-char: printable ASCII without ";" and "=". */
function isSafe(code: number): boolean {
  return code > 0x20 && code < 0x7f && code !== 0x3b && code !== 0x3d;
}

function isWsp(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** The value of a hexadecimal digit; -1 for anything else, including NaN (past the end). */
function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
