import { MAX_RECORD_OCTETS } from "../record/key-tags.ts";
import { ownerName } from "../zone/zone.ts";
import { AnswerCache } from "./answer-cache.ts";
import { type TtlOptions, ttlOf, toTtlRules } from "./ttl.ts";
import { failure, type TxtAnswer, type TxtResolver } from "./txt-resolver.ts";

export interface CachedResolver extends TxtResolver {
  /** The answer that is kept for a name, without asking. */
  peek(name: string): TxtAnswer | undefined;
  /** Forgets everything, lookups under way included. */
  clear(): void;
  /** Answers kept, some perhaps past their time. */
  readonly size: number;
}

/**
 * Keeps the answers of another resolver for their TTL, in bounded number; simultaneous questions for one
 * name are asked once. Answers with more than 16 KiB of text are handed on, not kept, so that the memory is
 * bounded too.
 *
 * A verifier rather wants `keySource`, which keeps parsed keys.
 *
 * @throws DnsRecordError "invalid-option".
 */
export function cachedResolver(inner: TxtResolver, options?: TtlOptions): CachedResolver {
  const rules = toTtlRules(options);
  const cache = new AnswerCache<TxtAnswer>(async (name) => {
    const answer = await askSafely(inner, name);
    return { answer, ttlSeconds: isLarge(answer) ? 0 : ttlOf(answer, rules) };
  }, rules);
  return {
    resolveTxt(name) {
      const owner = ownerName(name);
      const kept = cache.kept(owner);
      return kept === undefined ? cache.ask(owner) : Promise.resolve(kept);
    },
    peek: (name) => cache.kept(ownerName(name)),
    clear: () => cache.clear(),
    get size() {
      return cache.size;
    },
  };
}

/** A resolver should not reject; one that does has failed for now. */
export async function askSafely(resolver: TxtResolver, name: string): Promise<TxtAnswer> {
  try {
    return await resolver.resolveTxt(name);
  } catch (error) {
    return failure("error", error instanceof Error ? error.message : String(error));
  }
}

/** More text than honest key records have, and not worth the memory. */
export function isLarge(answer: TxtAnswer): boolean {
  if (answer.status !== "found") return false;
  let octets = 0;
  for (const record of answer.records) octets += record.length;
  return octets > MAX_RECORD_OCTETS;
}
