import { DnsRecordError } from "../errors.ts";
import { type KeyCandidate, readCandidates } from "../record/key-candidate.ts";
import { recordName } from "../record/record-name.ts";
import { AnswerCache } from "./answer-cache.ts";
import { checkResolver, resolveSafely, isLarge } from "./cached-resolver.ts";
import { type TtlOptions, ttlOf, toTtlRules } from "./ttl.ts";
import type { TxtAnswer, TxtFailure, TxtResolver } from "./txt-resolver.ts";

/** The answer of DNS for the keys of a selector and domain. */
export type KeyLookup =
  | {
      readonly status: "found";
      /** The TXT records read as key records, 1 to 8. */
      readonly candidates: readonly KeyCandidate[];
      /** As in `TxtAnswer`. */
      readonly authenticated?: boolean;
      /** As in `TxtAnswer`: the TTL of the answer when it arrived, not the time that is left. */
      readonly ttlSeconds?: number;
    }
  | { readonly status: "nxdomain" | "nodata" }
  | TxtFailure;

/** Finds keys. A cached answer is returned synchronously, without a promise, with parsed public keys. */
export interface KeySource {
  /** Finds the keys of a selector and domain. */
  find(selector: string, domain: string): KeyLookup | Promise<KeyLookup>;
}

/** A `KeySource` that keeps parsed keys for their TTL. */
export interface CachedKeySource extends KeySource {
  /** Removes everything, including lookups that are running. */
  clear(): void;
  /** The number of cached lookups, some of which may have expired. */
  readonly size: number;
}

/**
 * Keys from DNS for a verifier: a bounded number of them is cached, parsed, for their TTL. Keep it for the
 * life of the program. Simultaneous lookups of one name share one query. It never throws or rejects for what DNS
 * answers: a selector and domain that form no DNS name are "nxdomain" and never reach the resolver.
 *
 * ```ts
 * const keys = keySource(nodeResolver());
 * const { status } = await keys.find("mail2026", "example.com");
 * ```
 *
 * @throws DnsRecordError "invalid-option", when it is made; a lookup rejects with it if the resolver's answer is no
 *   `TxtAnswer`.
 */
export function keySource(resolver: TxtResolver, options?: TtlOptions): CachedKeySource {
  checkResolver(resolver);
  const rules = toTtlRules(options);
  const cache = new AnswerCache<KeyLookup>(async (name) => {
    const answer = await resolveSafely(resolver, name);
    return { answer: toLookup(answer), ttlSeconds: isLarge(answer) ? 0 : ttlOf(answer, rules) };
  }, rules);
  return {
    find(selector, domain) {
      const asked = `${selector}._domainkey.${domain}`.toLowerCase();
      const cached = cache.cached(asked);
      if (cached !== undefined) return cached;
      const name = nameOf(selector, domain);
      if (name === undefined) return { status: "nxdomain" };
      // U-labels miss the cache above, because answers are kept under A-labels.
      return (name === asked ? undefined : cache.cached(name)) ?? cache.ask(name);
    },
    clear: () => cache.clear(),
    get size() {
      return cache.size;
    },
  };
}

function nameOf(selector: string, domain: string): string | undefined {
  try {
    return recordName(selector, domain);
  } catch (error) {
    if (error instanceof DnsRecordError) return undefined;
    throw error;
  }
}

function toLookup(answer: TxtAnswer): KeyLookup {
  switch (answer.status) {
    case "found": {
      const { records, authenticated, ttlSeconds } = answer;
      if (records.length === 0) return { status: "nodata" };
      return {
        status: "found",
        candidates: readCandidates(records),
        ...(authenticated === undefined ? {} : { authenticated }),
        ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
      };
    }
    case "nxdomain":
    case "nodata":
      return { status: answer.status };
    default:
      return answer;
  }
}
