import { parseTagList, type TagList } from "@mailseal/syntax";

/** Several times what an RSA key of 16,384 bits needs. It bounds the cost of a hostile record. */
export const MAX_RECORD_OCTETS: number = 16 * 1024;

export interface KeyTags {
  readonly list: TagList;
  /** The number of empty tag-specs (";;", a leading ";") that were skipped. */
  readonly emptyTags: number;
  /** Whether line breaks that fold nothing, vertical tabs or form feeds were read as spaces. */
  readonly oddWhiteSpace: boolean;
}

/** Folding white space of a record, as receivers read it: any run of white space, whatever follows it. */
const oddWhiteSpace = /[\r\n\v\f]/g;
/** A final line ending, and folds before white space: allowed by the ABNF, or harmless. */
const foldedWhiteSpace = /\r?\n(?=[ \t])|\r?\n$/g;

/**
 * Reads the tag list of a key record (RFC 6376 3.6.1). It accepts two deviations from the ABNF, which a
 * signature may not have: empty tag-specs are skipped, and CR, LF, VT and FF are white space anywhere.
 * Published records have them, every receiver reads them, and neither can change a meaning.
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

/** The items of a colon-separated list, without surrounding white space and without empty items. */
export function splitItems(value: string): readonly string[] {
  return value
    .split(":")
    .map(trimWhiteSpace)
    .filter((item) => item !== "");
}

/** Removes SP, HTAB, CR and LF at both ends. `trim()` would remove other white space too. */
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
