import { toAsciiDomain } from "@mailseal/syntax";
import { getDomain } from "tldts";
import type { Alignment } from "./verdict.ts";

const suffixes = { allowPrivateDomains: true, extractHostname: false, validateHostname: false };

/**
 * How the signing domain stands to the From domains (RFC 7489 3.1.1). With several From domains
 * the weakest relation counts: a signature speaks for none of them alone. What is no domain name
 * (a NUL within, a domain literal) is related to none, since programs disagree on what it names.
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

/** The organizational domain by the public suffix list; a public suffix stands for itself. */
function organizationOf(domain: string): string {
  return getDomain(domain, suffixes) ?? domain;
}
