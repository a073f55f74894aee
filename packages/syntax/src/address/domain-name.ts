import { domainToASCII, domainToUnicode } from "node:url";
import { checkName, checkText } from "../text/argument-checks.ts";

const maxNameOctets = 253;
const maxLabelOctets = 63;
const hyphen = 0x2d;
const dot = 0x2e;
const underscore = 0x5f;

/**
 * The name in A-labels and lower case, or undefined if it is not valid in DNS as a host name: labels of 1 to
 * 63 letters, digits, hyphens and underscores that do not begin or end with a hyphen, at most 253 octets, no
 * empty label, no trailing dot. U-labels are converted (RFC 5890 2.3.2.1).
 *
 * Underscores are not allowed in host names, but selectors in use have them.
 *
 * ```ts
 * toAsciiDomain("Bücher.example"); // "xn--bcher-kva.example"
 * toAsciiDomain("a..b"); // undefined
 * ```
 */
export function toAsciiDomain(name: string): string | undefined {
  checkName(name);
  if (name.length === 0 || name.length > maxNameOctets) {
    return undefined;
  }
  const lower = name.toLowerCase();
  if (isHostLike(lower)) {
    return lower;
  }
  if (!isConvertible(name)) {
    return undefined;
  }
  const ascii = domainToASCII(name);
  // The URL standard turns full-width digits and the like into an IPv4 address.
  return isHostLike(ascii) && !/^[\d.]+$/.test(ascii) ? ascii : undefined;
}

/**
 * The selector in the name of a key record, which people copy from DNS: "s" of "s._domainkey.example.com". Undefined
 * for any other text.
 *
 * ```ts
 * selectorInRecordName("mail2026._domainkey.example.com"); // "mail2026"
 * selectorInRecordName("mail2026"); // undefined
 * ```
 */
export function selectorInRecordName(text: string): string | undefined {
  checkText(text);
  return /^([^\s]{1,253}?)\._domainkey(?:\.|$)/i.exec(text)?.[1];
}

/**
 * The name with its A-labels as U-labels, for people; unchanged if it has none.
 *
 * ```ts
 * toUnicodeDomain("xn--bcher-kva.example"); // "bücher.example"
 * ```
 */
export function toUnicodeDomain(name: string): string {
  checkName(name);
  return name.includes("xn--") ? domainToUnicode(name) || name : name;
}

/**
 * Whether `name` is `parent` or ends with its labels. Both in the form of `toAsciiDomain`.
 *
 * ```ts
 * isSameOrSubdomain("news.example.com", "example.com"); // true
 * isSameOrSubdomain("badexample.com", "example.com"); // false
 * ```
 */
export function isSameOrSubdomain(name: string, parent: string): boolean {
  checkName(name);
  return (
    name === parent ||
    (name.endsWith(parent) && name.charCodeAt(name.length - parent.length - 1) === dot)
  );
}

function isHostLike(name: string): boolean {
  if (name.length === 0 || name.length > maxNameOctets) {
    return false;
  }
  let labelStart = 0;
  for (let at = 0; at <= name.length; at++) {
    const code = at === name.length ? dot : name.charCodeAt(at);
    if (code === dot) {
      const octets = at - labelStart;
      if (octets === 0 || octets > maxLabelOctets || name.charCodeAt(at - 1) === hyphen) {
        return false;
      }
      labelStart = at + 1;
    } else if (!isLabelOctet(code) || (code === hyphen && at === labelStart)) {
      return false;
    }
  }
  return true;
}

function isLabelOctet(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === hyphen ||
    code === underscore
  );
}

/** Full stops other than ".", which IDNA 2003 treated as ".". A name that has them is a disguise. */
const otherDots: ReadonlySet<number> = new Set([0x3002, 0xff0e, 0xff61]);

/** Rejects what the URL parser would decode or drop: escapes, controls, spaces, delimiters. */
function isConvertible(name: string): boolean {
  let hasULabel = false;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code < 0x80) {
      if (code !== dot && !isLabelOctet(code | 0x20) && !isLabelOctet(code)) {
        return false;
      }
    } else if (code < 0xa0 || otherDots.has(code)) {
      return false;
    } else {
      hasULabel = true;
    }
  }
  return hasULabel;
}
