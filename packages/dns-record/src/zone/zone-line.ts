import {
  argumentCheck,
  oneOf,
  optionsCheck,
  received,
  text as textRule,
  wholeNumber,
} from "@mailseal/errors";
import { DnsRecordError, invalidOption } from "../errors.ts";
import { lookupName } from "../record/record-name.ts";

/** The options of `formatZoneLine`. */
export interface ZoneLineOptions {
  /** The zone's $TTL applies if it is left out. */
  readonly ttlSeconds?: number;
  /**
   * "zone" (the default) is one line of a zone file. "line" is the bare text of the record, for a web form
   * that does the quoting and splitting itself.
   */
  readonly style?: "zone" | "line";
}

/** The most octets that a character-string of a TXT record holds (RFC 1035 3.3.14). */
export const MAX_STRING_OCTETS = 255;

const MAX_TXT_OCTETS = 65_535;

const checkText = argumentCheck(
  "text",
  textRule,
  (message) => new DnsRecordError("bad-text", message),
);

const checkOptions = optionsCheck<ZoneLineOptions>(
  "options",
  { ttlSeconds: wholeNumber(0, 0x7fffffff, "seconds"), style: oneOf(["zone", "line"]) },
  invalidOption,
);

/**
 * The TXT record for a zone file (RFC 1035 5.1): `name. IN TXT "..."`, split into strings of at most 255
 * octets (in parentheses if there are several). Quotes and backslashes are escaped, and characters other than
 * printable ASCII are written as \DDD. `text` is latin1, one character for each octet.
 *
 * ```ts
 * formatZoneLine("mail._domainkey.example.com", "v=DKIM1; p=");
 * // mail._domainkey.example.com. IN TXT "v=DKIM1; p="
 * ```
 *
 * @throws DnsRecordError "bad-name", "bad-text", "invalid-option".
 */
export function formatZoneLine(name: string, text: string, options: ZoneLineOptions = {}): string {
  checkOptions(options);
  checkText(text);
  const owner = lookupName(
    typeof name === "string" && name.endsWith(".") ? name.slice(0, -1) : name,
  );
  if (owner === undefined) {
    throw new DnsRecordError("bad-name", `name: expected a domain name, got ${received(name)}`);
  }
  if (options.style === "line") {
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) {
      throw new DnsRecordError("bad-text", "expected one line of text, got control characters");
    }
    return text;
  }
  const { ttlSeconds } = options;
  const strings = splitStrings(text).map(quoteString);
  const ttl = ttlSeconds === undefined ? "" : `${ttlSeconds} `;
  const texts = strings.length === 1 ? strings.join("") : `( ${strings.join(" ")} )`;
  return `${owner}. ${ttl}IN TXT ${texts}`;
}

function splitStrings(text: string): readonly string[] {
  // Each string also has a length octet.
  const octets = text.length + Math.ceil(text.length / MAX_STRING_OCTETS);
  if (octets > MAX_TXT_OCTETS) {
    throw new DnsRecordError(
      "bad-text",
      `expected a text that fits into a TXT record, got ${text.length} octets`,
    );
  }
  const strings: string[] = [];
  for (let at = 0; at < text.length; at += MAX_STRING_OCTETS) {
    strings.push(text.slice(at, at + MAX_STRING_OCTETS));
  }
  return strings.length === 0 ? [""] : strings;
}

function quoteString(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const plain = code >= 0x20 && code <= 0x7e && code !== 0x22 && code !== 0x5c;
    if (plain) continue;
    parts.push(text.slice(from, at), escapeOctet(code));
    from = at + 1;
  }
  parts.push(text.slice(from));
  return `"${parts.join("")}"`;
}

function escapeOctet(code: number): string {
  if (code === 0x22 || code === 0x5c) return `\\${String.fromCharCode(code)}`;
  if (code <= 0xff) return `\\${String(code).padStart(3, "0")}`;
  throw new DnsRecordError(
    "bad-text",
    `expected latin1 text, one character an octet, got U+${code.toString(16).toUpperCase()}; encode it first`,
  );
}
