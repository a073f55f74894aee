import { findAlgorithm, type PublicKey } from "@mailseal/crypto";
import { keyAllows, type KeyLookup, type KeySource } from "@mailseal/dns-record";
import type { UsableSignature } from "./usable-signature.ts";

export interface Publication {
  readonly status: "published" | "not-published" | "publication-unknown";
  readonly reason: string;
}

/** Checks whether DNS publishes a key record that lets verifiers use our key. The key source caches the lookup. */
export async function findPublication(
  signature: UsableSignature,
  keys: KeySource,
): Promise<Publication> {
  const { configured, selector } = signature;
  const found = keys.find(selector, configured.domain);
  const lookup = found instanceof Promise ? await found : found;
  const name = `${selector}._domainkey.${configured.domain}`;
  switch (lookup.status) {
    case "found":
      return publishes(lookup, signature)
        ? { status: "published", reason: `${name} has the key` }
        : {
            status: "not-published",
            reason: `${name} has another key, or does not allow this use`,
          };
    case "nxdomain":
    case "nodata":
      return { status: "not-published", reason: `${name}: ${lookup.status}` };
    default:
      return { status: "publication-unknown", reason: `${name}: ${lookup.status}` };
  }
}

function publishes(
  { candidates }: Extract<KeyLookup, { readonly status: "found" }>,
  { configured, key }: UsableSignature,
): boolean {
  const { domain, identity, settings } = configured;
  const algorithm = findAlgorithm(settings.algorithm ?? "");
  const use = {
    hash: algorithm?.hash ?? "sha256",
    keyType: key.type,
    identity: identity ?? `@${domain}`,
    identityDomain: identity?.slice(identity.lastIndexOf("@") + 1).toLowerCase() ?? domain,
    domain,
  };
  return candidates.some(
    (candidate) =>
      candidate.ok &&
      candidate.publicKey !== undefined &&
      isSame(candidate.publicKey, key.publicKey) &&
      keyAllows(candidate.record, use).ok,
  );
}

function isSame(published: PublicKey, ours: PublicKey): boolean {
  return published.type === ours.type && published.equals(ours);
}
