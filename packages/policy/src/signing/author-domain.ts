import { fieldText, fromMailboxes, type Message, toAsciiDomain } from "@mailseal/syntax";
import type { FromProblem } from "../pipeline/pipeline.ts";

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
 * The domain of the author, for signing: the From domain, if there is exactly one.
 *
 * RFC 5322 3.6.2 allows several From addresses and RFC 6376 does not say which domain should sign. No
 * single domain speaks for a message of several authors, and verifiers treat none as aligned. Choosing the
 * first would let a sender get a signature on a message that also shows somebody else as its author. So such a
 * message has no From domain: only a scope's `domain` or `fallbackDomain` signs it.
 */
export function authorDomain(domains: readonly string[]): string | undefined {
  return domains.length === 1 ? domains[0] : undefined;
}

/** Why a message has no From domain whose key could sign it, or has one and must not be signed. */
export function fromProblem(message: Message): FromProblem {
  const [field, ...others] = message.byKey.get("from") ?? [];
  if (field === undefined) return "no-from-field";
  if (others.length > 0) return "several-from-fields";
  if (fromMailboxes(message).length === 0) {
    // The name of a group and a colon, and nothing in the group. White space matches in one way only, so it is linear.
    return /^[^:;<>@]*:\s*(?:;\s*)?$/.test(fieldText(message, field))
      ? "from-empty-group"
      : "from-unreadable";
  }
  return fromDomains(message).length > 1 ? "several-from-domains" : "no-from-domain";
}
