/**
 * Text from a message, from DNS, from a server or from the system, made fit for a log, a terminal, an answer
 * or a table. All of it is hostile: a terminal obeys control characters, and a reader is misled by
 * characters that turn the direction of text.
 */

/** What is cut off from the end of a text that is too long is replaced by this. */
const CUT_MARK = "...";

/** Controls (C0, DEL, C1), line and paragraph separators, and the marks that change the direction of text. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Control characters and direction marks as `\uXXXX`; everything else, in any script, as it is.
 *
 * ```ts
 * printable("bell\u0007"); // "bell\\u0007"
 * ```
 */
export function printable(text: string): string {
  return text.replaceAll(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * One `printable` line: line breaks become spaces, and more than `maxLength` characters are cut off.
 *
 * ```ts
 * printableLine("first\r\n second"); // "first second"
 * ```
 */
export function printableLine(text: string, maxLength = 500): string {
  return cut(printable(text.replaceAll(/\s*[\r\n]+\s*/g, " ")).trim(), maxLength);
}

/**
 * One line of visible ASCII, as an SMTP reply carries it: every other character becomes "?".
 *
 * ```ts
 * asciiLine("Grüße"); // "Gr??e"
 * ```
 */
export function asciiLine(text: string, maxLength = 300): string {
  return cut(text.slice(0, maxLength + 1).replaceAll(/[^\x20-\x7e]/g, "?"), maxLength);
}

/**
 * A text in double quotes, for an error message: cut off after `maxLength` characters, and printable.
 *
 * ```ts
 * quoted("a line\n"); // "\"a line\\n\""
 * ```
 */
export function quoted(text: string, maxLength = 80): string {
  return printable(JSON.stringify(cut(text, maxLength)));
}

/**
 * The longest name that `printableName` returns: as long as a domain name can be.
 *
 * ```ts
 * printableName(domain).length <= MAX_PRINTABLE_NAME_LENGTH; // true, whatever the domain
 * ```
 */
export const MAX_PRINTABLE_NAME_LENGTH: number = 253;

const printableAscii = /^[ -~]*$/;

/**
 * A name as it is kept and shown: at most 253 characters of visible ASCII. Other characters are written as
 * `\u{hex}`; a longer name is cut and ends in `...`. Applied twice it changes nothing. `<`, `"` and the like
 * stay: whoever writes HTML escapes for HTML.
 *
 * ```ts
 * printableName("bücher.example"); // "b\\u{fc}cher.example"
 * ```
 */
export function printableName(raw: string): string {
  const isLong = raw.length > MAX_PRINTABLE_NAME_LENGTH;
  // A copy: a slice would keep the whole message that it was cut from alive.
  if (!isLong && printableAscii.test(raw)) return Buffer.from(raw, "latin1").toString("latin1");
  let name = "";
  for (const character of isLong ? raw.slice(0, MAX_PRINTABLE_NAME_LENGTH) : raw) {
    const code = character.codePointAt(0) ?? 0;
    name += code >= 0x20 && code <= 0x7e ? character : `\\u{${code.toString(16)}}`;
  }
  if (isLong || name.length > MAX_PRINTABLE_NAME_LENGTH) {
    name = name.slice(0, MAX_PRINTABLE_NAME_LENGTH - CUT_MARK.length) + CUT_MARK;
  }
  return name;
}

function cut(text: string, maxLength: number): string {
  return text.length > maxLength ? text.slice(0, maxLength) + CUT_MARK : text;
}
