/** As long as a domain name can be. */
export const MAX_NAME_LENGTH = 253;

/** What is cut from the front of a longer name leaves room for the mark of the cut. */
const CUT_MARK = "...";

const PRINTABLE = /^[ -~]*$/;

/**
 * A name as it is kept and shown: at most 253 characters of printable ASCII; what is not is written as
 * `\u{hex}`, what is too long is cut and ends in `...`. Names come from messages, so nothing is assumed
 * of them. Applied twice it changes nothing. `<`, `"` and the like stay: who writes HTML escapes for HTML.
 */
export function printableName(raw: string): string {
  const cut = raw.length > MAX_NAME_LENGTH;
  // A copy: a slice would keep the whole message that it was cut from alive.
  if (!cut && PRINTABLE.test(raw)) return Buffer.from(raw, "latin1").toString("latin1");
  let name = "";
  for (const character of cut ? raw.slice(0, MAX_NAME_LENGTH) : raw) {
    const code = character.codePointAt(0) ?? 0;
    name += code >= 0x20 && code <= 0x7e ? character : `\\u{${code.toString(16)}}`;
  }
  if (cut || name.length > MAX_NAME_LENGTH) {
    name = name.slice(0, MAX_NAME_LENGTH - CUT_MARK.length) + CUT_MARK;
  }
  return name;
}

/** A domain as it is kept: printable, and of one case, so that one domain is one name (RFC 4343). */
export function domainName(raw: string): string {
  return printableName(raw).toLowerCase();
}
