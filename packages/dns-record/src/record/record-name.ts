import { quoted, received } from "@mailseal/errors";
import { selectorInRecordName, toAsciiDomain } from "@mailseal/syntax";
import { DnsRecordError } from "../errors.ts";

/**
 * The owner name of a key record, `<selector>._domainkey.<domain>` (RFC 6376 3.6.2.1), in lower case and
 * A-labels, without a final dot.
 *
 * ```ts
 * keyRecordName("mail2026", "Example.com"); // "mail2026._domainkey.example.com"
 * ```
 *
 * @throws DnsRecordError "bad-domain", "bad-selector", or "name-too-long" if the name exceeds 253 octets.
 */
export function keyRecordName(selector: string, domain: string): string {
  const meant = typeof selector === "string" ? selectorInRecordName(selector) : undefined;
  if (meant !== undefined) {
    throw new DnsRecordError(
      "bad-selector",
      `selector: expected the part before ._domainkey, got ${received(selector)}; did you mean ${quoted(meant)}?`,
    );
  }
  return recordName(selector, domain);
}

/** Does the same for a selector in a signature, which may be any name: somebody may publish a key there. */
export function recordName(selector: string, domain: string): string {
  const asciiDomain = lookupName(domain);
  if (asciiDomain === undefined) {
    throw new DnsRecordError(
      "bad-domain",
      `domain: expected a domain name such as example.com, got ${received(domain)}`,
    );
  }
  const asciiSelector = lookupName(selector);
  if (asciiSelector === undefined) {
    throw new DnsRecordError(
      "bad-selector",
      `selector: expected letters, digits, hyphens and dots such as mail2026, got ${received(selector)}`,
    );
  }
  const name = `${asciiSelector}._domainkey.${asciiDomain}`;
  if (name.length > 253) {
    throw new DnsRecordError(
      "name-too-long",
      `expected selector and domain to make a name of at most 253 octets, got ${name.length}; choose a shorter selector`,
    );
  }
  return name;
}

/** The form in which a name is looked up, or undefined for a name that must not reach DNS. */
export function lookupName(name: string): string | undefined {
  return typeof name === "string" ? toAsciiDomain(name) : undefined;
}
