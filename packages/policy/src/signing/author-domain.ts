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

/** Why a message has no From domain whose key could sign it, or must not be signed although it has. */
export function fromProblem(message: Message): FromProblem {
  const [field, ...others] = message.byKey.get("from") ?? [];
  if (field === undefined) return "no-from-field";
  if (others.length > 0) return "several-from-fields";
  if (fromMailboxes(message).length === 0) {
    // A group's name and colon, and nothing before its end. One way to match white space: it is linear.
    return /^[^:;<>@]*:\s*(?:;\s*)?$/.test(fieldText(message, field))
      ? "from-empty-group"
      : "from-unreadable";
  }
  return fromDomains(message).length > 1 ? "several-from-domains" : "no-from-domain";
}
