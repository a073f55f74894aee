import { parseTagList, type TagList } from "@mailseal/syntax";

/** Twice what an RSA key of 16,384 bits needs, several times over; bounds what a hostile record costs. */
export const MAX_RECORD_OCTETS: number = 16 * 1024;

export interface KeyTags {
  readonly list: TagList;
  /** How many empty tag-specs (";;", a leading ";") were passed over. */
  readonly emptyTags: number;
  /** Line breaks that fold nothing, vertical tabs or form feeds were read as spaces. */
  readonly oddWhiteSpace: boolean;
}

/** FWS of a record, and what receivers take for it: any run of white space, whatever follows it. */
const oddWhiteSpace = /[\r\n\v\f]/g;
/** A line ending at the very end, and folds before white space: the ABNF, or harmless. */
const foldedWhiteSpace = /\r?\n(?=[ \t])|\r?\n$/g;

/**
 * The tag list of a key record (RFC 6376 3.6.1). Two things are read here that the ABNF does not know and
 * a signature may not have, because published records have them, every receiver reads them, and neither
 * can change a meaning: empty tag-specs are passed over, and CR, LF, VT and FF are white space wherever
 * they stand.
 */
export function readKeyTags(text: string): KeyTags {
  const specs = text.replaceAll(oddWhiteSpace, " ").split(";");
  const last = specs.length - 1;
  const kept = specs.filter((spec, index) => index === last || !isWhiteSpace(spec));
  return {
    list: parseTagList(kept.join(";")),
    emptyTags: specs.length - kept.length,
    oddWhiteSpace: text.replaceAll(foldedWhiteSpace, "").search(oddWhiteSpace) >= 0,
  };
}

/** The items of a colon-separated list, without the white space around them; empty ones left out. */
export function splitItems(value: string): readonly string[] {
  return value
    .split(":")
    .map(trimWhiteSpace)
    .filter((item) => item !== "");
}

/** Without SP, HTAB, CR and LF at its ends; not `trim()`, which knows other white space too. */
function trimWhiteSpace(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isWhiteSpaceCode(text.charCodeAt(from))) from++;
  while (to > from && isWhiteSpaceCode(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isWhiteSpace(text: string): boolean {
  return trimWhiteSpace(text) === "";
}

function isWhiteSpaceCode(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
