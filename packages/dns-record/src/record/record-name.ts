import { toAsciiDomain, quoted } from "@mailseal/syntax";
import { DnsRecordError } from "../errors.ts";

/**
 * The owner name of a key record, `<selector>._domainkey.<domain>` (RFC 6376 3.6.2.1), in lower case and
 * A-labels, without a final dot.
 *
 * @throws DnsRecordError "bad-domain", "bad-selector", or "name-too-long" if the name exceeds 253 octets.
 */
export function keyRecordName(selector: string, domain: string): string {
  const asciiDomain = toAsciiDomain(domain);
  if (asciiDomain === undefined) {
    throw new DnsRecordError(
      "bad-domain",
      `expected a domain name such as example.com, got ${quoted(domain)}`,
    );
  }
  const asciiSelector = toAsciiDomain(selector);
  if (asciiSelector === undefined) {
    throw new DnsRecordError(
      "bad-selector",
      `expected a selector such as mail2026 (letters, digits, hyphens, dots), got ${quoted(selector)}`,
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
  return toAsciiDomain(name);
}
