import { keyAllows, type KeyLookup, keySource } from "@mailseal/dns-record";
import type { NamedResolver } from "../environment.ts";
import type { RotatedKey } from "./rotation-state.ts";

/** The state of a key that every resolver must confirm. */
export type Expectation = "published" | "revoked" | "removed";

/** Whether all resolvers confirm it. `retryAfterMs`: the time for which their caches repeat the same answer. */
export type DnsCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly retryAfterMs: number };

type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const confirmed: Verdict = { ok: true };

/** Asks every resolver for every key. Never rejects because of a DNS answer, or because there is none. */
export async function checkDns(
  resolvers: readonly NamedResolver[],
  domain: string,
  keys: readonly RotatedKey[],
  expected: Expectation,
): Promise<DnsCheck> {
  const checks = keys.flatMap((key) =>
    resolvers.map((resolver) => checkOne(resolver, domain, key, expected)),
  );
  const missing = (await Promise.all(checks)).filter((check) => !check.ok);
  const [first] = missing;
  if (first === undefined) return { ok: true };
  const more = missing.length === 1 ? "" : ` (and ${missing.length - 1} more)`;
  return {
    ok: false,
    reason: first.reason + more,
    retryAfterMs: Math.max(...missing.map(({ retryAfterMs }) => retryAfterMs)),
  };
}

async function checkOne(
  { name, resolver }: NamedResolver,
  domain: string,
  key: RotatedKey,
  expected: Expectation,
): Promise<DnsCheck> {
  let ttlSeconds = 0;
  // Each query has a source of its own, so that no answer comes from our cache.
  const source = keySource({
    async resolveTxt(asked) {
      const answer = await resolver.resolveTxt(asked);
      if ("ttlSeconds" in answer) ttlSeconds = answer.ttlSeconds ?? 0;
      return answer;
    },
  });
  const lookup = await source.find(key.selector, domain);
  const verdict = judge(lookup, domain, key, expected);
  if (verdict.ok) return verdict;
  const reason = `${name}: ${key.selector}._domainkey.${domain}: ${verdict.reason}`;
  return { ok: false, reason, retryAfterMs: ttlSeconds * 1000 };
}

function judge(lookup: KeyLookup, domain: string, key: RotatedKey, expected: Expectation): Verdict {
  switch (lookup.status) {
    case "nxdomain":
    case "nodata":
      return expected === "published"
        ? { ok: false, reason: `not published yet (${lookup.status})` }
        : confirmed;
    case "found":
      break;
    default:
      return { ok: false, reason: `DNS failed (${lookup.status})` };
  }
  const { candidates } = lookup;
  switch (expected) {
    case "published":
      return judgePublished(candidates, domain, key);
    case "revoked":
      return candidates.every((each) => each.ok && each.record.publicKey.length === 0)
        ? confirmed
        : { ok: false, reason: "still published" };
    case "removed":
      // A wildcard may leave TXT records that are not key records.
      return candidates.some((each) => each.ok)
        ? { ok: false, reason: "still published" }
        : confirmed;
  }
}

/** There must be exactly one record, because a verifier may use any of several (RFC 6376 3.6.2.2). */
function judgePublished(
  candidates: Extract<KeyLookup, { readonly status: "found" }>["candidates"],
  domain: string,
  key: RotatedKey,
): Verdict {
  const [candidate] = candidates;
  if (candidate === undefined || candidates.length > 1) {
    return { ok: false, reason: `there are ${candidates.length} key records instead of one` };
  }
  if (!candidate.ok)
    return { ok: false, reason: `the record is not a key record: ${candidate.code}` };
  const { publicKey, record } = candidate;
  if (publicKey === undefined || publicKey.fingerprint !== key.fingerprint) {
    return { ok: false, reason: "another key is published" };
  }
  const use = {
    hash: "sha256",
    keyType: publicKey.type,
    identity: `@${domain}`,
    identityDomain: domain,
    domain,
  } as const;
  const allowed = keyAllows(record, use);
  return allowed.ok ? confirmed : { ok: false, reason: allowed.reason };
}
