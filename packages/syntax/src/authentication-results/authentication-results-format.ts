import { quoted } from "@mailseal/errors";
import { MailSyntaxError } from "../errors.ts";
import { isControlCode, isTokenCode } from "../text/cfws-scanner.ts";
import { FieldWriter, type FoldOptions } from "../text/field-writer.ts";
import { encodeUtf8Text, isAscii } from "../text/utf8.ts";
import {
  type AuthenticationProperty,
  type AuthenticationResult,
  type AuthenticationResults,
  isKeyword,
  isMethod,
} from "./authentication-results.ts";

/**
 * Limits that keep every line below 998 octets: a pvalue is one token, and comments and reasons break only at
 * spaces.
 */
const MAX_TOKEN_OCTETS = 800;
const MAX_KEYWORD_LENGTH = 60;

/**
 * Writes a whole Authentication-Results field (RFC 8601 2.2) without its final line ending, each result on a
 * line of its own.
 *
 * Values, comments and reasons may come from a hostile message: they are quoted and escaped as needed, a
 * control character in them becomes "?", a comment or reason is cut at 800 octets, and a property whose value
 * is longer is left out. Text beyond ASCII stays (UTF-8, RFC 6532).
 *
 * ```ts
 * formatAuthenticationResults({ authservId: "mx.example.net", results: [] });
 * // "Authentication-Results: mx.example.net; none"
 * ```
 *
 * @throws MailSyntaxError "invalid-option" for an authserv-id, method, result, property type or property name
 * that the grammar does not allow, because these come from the caller.
 */
export function formatAuthenticationResults(
  { authservId, version, results }: AuthenticationResults,
  options?: FoldOptions,
): string {
  const writer = new FieldWriter("Authentication-Results:", options);
  writeWord(writer, formatAuthservId(authservId));
  if (version !== undefined) writeWord(writer, formatVersion(version));
  writer.glue(";");
  if (results.length === 0) writeWord(writer, "none");
  for (const [index, result] of results.entries()) {
    if (index > 0) writer.glue(";");
    writer.fold();
    writeResult(writer, result);
  }
  return writer.text;
}

function writeResult(writer: FieldWriter, result: AuthenticationResult): void {
  const method = checkKeyword("a method", result.method, isMethod);
  const version = result.version === undefined ? "" : `/${formatVersion(result.version)}`;
  writer.glue(`${method}${version}=${checkKeyword("a result", result.result, isKeyword)}`);
  if (result.comment !== undefined) writeFolded(writer, "(", cutText(result.comment, "\\()"), ")");
  if (result.reason !== undefined) writeReason(writer, result.reason);
  for (const property of result.properties) writeProperty(writer, property);
}

function writeReason(writer: FieldWriter, reason: string): void {
  const text = cutText(reason, '\\"');
  if (isToken(text)) writeWord(writer, `reason=${text}`);
  else writeFolded(writer, 'reason="', text, '"');
}

function writeProperty(
  writer: FieldWriter,
  { type, property, value }: AuthenticationProperty,
): void {
  const name = `${checkKeyword("a property type", type, isKeyword)}.${checkKeyword("a property", property, isKeyword)}`;
  if (value.length > MAX_TOKEN_OCTETS) return;
  const clean = withoutControls(value);
  const written = isToken(clean) || isPlainAddress(clean) ? clean : `"${escaped(clean, '\\"')}"`;
  if (octets(written) <= MAX_TOKEN_OCTETS) writeWord(writer, `${name}=${written}`);
}

function formatAuthservId(id: string): string {
  if (isToken(id)) return id;
  if (id === "" || withoutControls(id) !== id || octets(id) > MAX_TOKEN_OCTETS / 2) {
    throw invalid("an authserv-id such as mx.example.org", id);
  }
  return `"${escaped(id, '\\"')}"`;
}

function formatVersion(version: number): string {
  if (!Number.isInteger(version) || version < 0 || version > 999_999_999) {
    throw invalid("a version number", String(version));
  }
  return String(version);
}

function checkKeyword(
  what: string,
  word: string,
  accepts: (code: number, index: number) => boolean,
): string {
  for (let index = 0; index < word.length; index++) {
    if (!accepts(word.charCodeAt(index), index))
      throw invalid(`${what} of letters, digits and hyphens`, word);
  }
  if (word === "" || word.length > MAX_KEYWORD_LENGTH) {
    throw invalid(`${what} of 1 to ${MAX_KEYWORD_LENGTH} characters`, word);
  }
  return word;
}

function invalid(expected: string, got: string): MailSyntaxError {
  return new MailSyntaxError("invalid-option", `expected ${expected}, got ${quoted(got)}`);
}

function writeWord(writer: FieldWriter, word: string): void {
  writer.word(word, octets(word));
}

/** Breaks at single spaces, so that no line is blank and unfolding restores the text. */
function writeFolded(writer: FieldWriter, open: string, text: string, close: string): void {
  const whole = open + text + close;
  let from = 0;
  for (let at = 1; at < whole.length; at++) {
    if (whole[at] !== " " || whole[at - 1] === " " || whole[at + 1] === " ") continue;
    writeWord(writer, whole.slice(from, at));
    from = at + 1;
  }
  writeWord(writer, whole.slice(from));
}

function cutText(text: string, specials: string): string {
  const clean = withoutControls(text.slice(0, MAX_TOKEN_OCTETS));
  const whole = escaped(clean, specials);
  if (text.length <= MAX_TOKEN_OCTETS && octets(whole) <= MAX_TOKEN_OCTETS) return whole;
  // Escaping at most doubles a character, UTF-8 at most triples a code unit.
  const kept = clean.slice(0, isAscii(clean) ? MAX_TOKEN_OCTETS / 2 - 3 : MAX_TOKEN_OCTETS / 3 - 3);
  return `${escaped(withoutHalfPair(kept), specials)}...`;
}

function withoutHalfPair(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text;
}

function escaped(text: string, specials: string): string {
  let out = "";
  for (const character of text) {
    out += specials.includes(character) ? `\\${character}` : character;
  }
  return out;
}

/** C0, DEL and C1 as "?", a tab as a space. */
function withoutControls(text: string): string {
  let out = "";
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (character === "\t") out += " ";
    else out += isControlCode(code) || (code >= 0x80 && code < 0xa0) ? "?" : character;
  }
  return out;
}

/** Text beyond ASCII is quoted, so that receivers without RFC 6532 at least see where it ends. */
function isToken(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x80 || !isTokenCode(code)) return false;
  }
  return text !== "";
}

/** [local-part] "@" domain-name with tokens on both sides. */
function isPlainAddress(text: string): boolean {
  const at = text.indexOf("@");
  return at >= 0 && (at === 0 || isToken(text.slice(0, at))) && isToken(text.slice(at + 1));
}

function octets(text: string): number {
  return isAscii(text) ? text.length : encodeUtf8Text(text).length;
}
