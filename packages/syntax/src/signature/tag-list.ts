import { number, optionsCheck } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";
import { checkText } from "../text/argument-checks.ts";

/** One `name=value` of a tag list. */
export interface Tag {
  /** The name, as written. */
  readonly name: string;
  /** The value without surrounding white space; its content, including folds, is raw. */
  readonly value: string;
  /** Offsets of the raw value in the list's text: just after "=", up to ";" or the end. */
  readonly start: number;
  /** The offset after the value. */
  readonly end: number;
}

/** Why a text is no tag list. */
export type TagListErrorCode = "syntax" | "duplicate-tag" | "empty-tag" | "too-many-tags";

/** The tags of a list. */
export interface Tags {
  /** In the order of the text. */
  readonly tags: readonly Tag[];
  /** The tag with this name; names are case-sensitive. */
  get(name: string): Tag | undefined;
}

/** If `ok` is false, `tags` holds the tags before the error. */
export type TagList =
  | (Tags & { readonly ok: true })
  | (Tags & { readonly ok: false; readonly code: TagListErrorCode; readonly reason: string });

/** Far more than any real list has. It bounds the cost of a hostile one. */
const MAX_TAGS = 100;

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const DEL = 0x7f;

const checkOptions = optionsCheck<{ readonly maxTags?: number }>(
  "options",
  { maxTags: number(0) },
  invalidOption,
);

/**
 * Reads a tag=value list (RFC 6376 3.2): DKIM-Signature fields and key records.
 *
 * As strict as the ABNF: a repeated name, an empty tag-spec (";;"), a missing "=", an illegal name, a control
 * character, and a line break without white space after it are errors. Tolerated beyond the ABNF: several
 * folds in a row, LF for CRLF, white space after the last ";", one final line ending, and octets above 127 in
 * values (RFC 6532, RFC 8616). A value may be empty.
 *
 * Never throws for the text; linear in time. More than `maxTags` tags (100) is the error "too-many-tags".
 *
 * ```ts
 * const parsed = parseTagList("v=DKIM1; k=rsa");
 * parsed.ok && parsed.tags.length; // 2
 * ```
 */
export function parseTagList(text: string, options?: { readonly maxTags?: number }): TagList {
  checkText(text);
  if (options !== undefined) checkOptions(options);
  const maxTags = options?.maxTags ?? MAX_TAGS;
  const limit = endWithoutLineEnding(text);
  const tags: Tag[] = [];
  const byName = new Map<string, Tag>();
  const get = (name: string): Tag | undefined => byName.get(name);
  const failure = (code: TagListErrorCode, reason: string): TagList => ({
    ok: false,
    code,
    reason,
    tags,
    get,
  });

  let at = skipWhiteSpace(text, 0, limit);
  if (at === limit) return failure("syntax", "expected a tag, got an empty tag list");
  while (at < limit) {
    if (text.charCodeAt(at) === SEMICOLON) {
      return failure("empty-tag", `expected a tag, got ";" at offset ${at}`);
    }
    const nameStart = at;
    at = skipTagName(text, at, limit);
    if (at === nameStart) return failure("syntax", `expected a tag name at offset ${at}`);
    const nameEnd = at;
    at = skipWhiteSpace(text, at, limit);
    if (at >= limit || text.charCodeAt(at) !== EQUALS) {
      return failure("syntax", `expected "=" after a tag name at offset ${at}`);
    }
    const start = at + 1;
    let from = -1;
    let to = start;
    at = start;
    while (at < limit) {
      const code = text.charCodeAt(at);
      if (code === SEMICOLON) break;
      if (code === SP || code === HTAB) at++;
      else if (isVisible(code)) {
        if (from < 0) from = at;
        at = to = skipVisible(text, at + 1, limit);
      } else {
        const after = code === CR || code === LF ? afterFold(text, at, limit) : -1;
        if (after < 0) return failure("syntax", describeIllegal(code, at));
        at = after;
      }
    }
    if (tags.length >= maxTags) return failure("too-many-tags", `more than ${maxTags} tags`);
    const name = text.slice(nameStart, nameEnd);
    if (byName.has(name)) return failure("duplicate-tag", `the tag "${name}=" appears twice`);
    const tag: Tag = { name, value: text.slice(from < 0 ? to : from, to), start, end: at };
    tags.push(tag);
    byName.set(name, tag);
    at = at < limit ? skipWhiteSpace(text, at + 1, limit) : limit;
  }
  return { ok: true, tags, get };
}

function endWithoutLineEnding(text: string): number {
  const end = text.length;
  if (text.charCodeAt(end - 1) !== LF) return end;
  return text.charCodeAt(end - 2) === CR ? end - 2 : end - 1;
}

/**
 * The offset after folding white space. A line break without white space after it is not folding white space:
 * the offset of the break is returned, where the caller finds nothing that it expects.
 */
function skipWhiteSpace(text: string, from: number, limit: number): number {
  let at = from;
  while (at < limit) {
    const code = text.charCodeAt(at);
    if (code === SP || code === HTAB) at++;
    else if (code === CR || code === LF) {
      const after = afterFold(text, at, limit);
      if (after < 0) return at;
      at = after;
    } else return at;
  }
  return at;
}

/** The offset after a line break and the white space that must follow it; -1 if there is none. */
function afterFold(text: string, at: number, limit: number): number {
  let next = at;
  if (text.charCodeAt(next) === CR) next++;
  if (next >= limit || text.charCodeAt(next) !== LF) return -1;
  next++;
  if (next >= limit) return -1;
  const code = text.charCodeAt(next);
  return code === SP || code === HTAB ? next + 1 : -1;
}

function skipTagName(text: string, from: number, limit: number): number {
  let at = from;
  while (at < limit) {
    const code = text.charCodeAt(at);
    const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    const digitOrUnderscore = (code >= 0x30 && code <= 0x39) || code === 0x5f;
    if (!letter && (at === from || !digitOrUnderscore)) break;
    at++;
  }
  return at;
}

/** The offset after a run of characters other than white space, ";" and controls: most of any list. */
function skipVisible(text: string, from: number, limit: number): number {
  let at = from;
  while (at < limit) {
    const code = text.charCodeAt(at);
    if (code === SEMICOLON || !isVisible(code)) break;
    at++;
  }
  return at;
}

function isVisible(code: number): boolean {
  return code > SP && code !== DEL;
}

function describeIllegal(code: number, at: number): string {
  if (code === CR || code === LF) {
    return `expected white space after the line break at offset ${at}`;
  }
  return `control character ${code} at offset ${at}`;
}
