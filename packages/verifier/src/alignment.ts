import { toAsciiDomain } from "@mailseal/syntax";
import { getDomain } from "tldts";
import type { Alignment } from "./verdict.ts";

const suffixes = { allowPrivateDomains: true, extractHostname: false, validateHostname: false };

/**
 * The alignment of the signing domain with the From domains (RFC 7489 3.1.1). With several From domains
 * the weakest alignment counts, because a signature speaks for none of them alone. A value that is not a
 * domain name (with a NUL in it, or a domain literal) aligns with nothing: programs disagree on its meaning.
 */
export function alignmentOf(signingDomain: string, fromDomains: readonly string[]): Alignment {
  if (fromDomains.length === 0) {
    return "none";
  }
  if (fromDomains.every((domain) => domain === signingDomain)) {
    return "strict";
  }
  const organization = organizationOf(signingDomain);
  return fromDomains.every(
    (domain) => toAsciiDomain(domain) !== undefined && organizationOf(domain) === organization,
  )
    ? "relaxed"
    : "none";
}

/** The organizational domain by the public suffix list; for a public suffix, the suffix itself. */
function organizationOf(domain: string): string {
  return getDomain(domain, suffixes) ?? domain;
}
