import { fromMailboxes, type Message, toAsciiDomain } from "@mailseal/syntax";

/** Every From domain that is a name in DNS, as A-labels, each once, in order. */
export function fromDomains(message: Message): readonly string[] {
  const domains = new Set<string>();
  for (const { domain } of fromMailboxes(message)) {
    const name = toAsciiDomain(domain);
    if (name !== undefined) domains.add(name);
  }
  return [...domains];
}

/**
 * Whose message it is, for signing: the From domain, where there is one.
 *
 * RFC 5322 3.6.2 allows several From addresses and RFC 6376 does not say whose signature is right. No
 * one domain speaks for a message of several, and a verifier counts none as aligned; to choose the
 * first would let a sender have a message signed that shows somebody else beside him. Such a message has no
 * From domain here: only a scope's `domain` or `fallbackDomain` signs it.
 */
export function authorDomain(domains: readonly string[]): string | undefined {
  return domains.length === 1 ? domains[0] : undefined;
}
