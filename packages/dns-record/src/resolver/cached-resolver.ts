import { argumentCheck, objectWith, received } from "@mailseal/errors";
import { DnsRecordError, invalidOption } from "../errors.ts";
import { MAX_RECORD_OCTETS } from "../record/key-tags.ts";
import { ownerName } from "../zone/zone.ts";
import { AnswerCache } from "./answer-cache.ts";
import { type TtlOptions, ttlOf, toTtlRules } from "./ttl.ts";
import { failure, type TxtAnswer, type TxtResolver } from "./txt-resolver.ts";

/** A `TxtResolver` that keeps answers for their TTL. */
export interface CachedResolver extends TxtResolver {
  /** The cached answer for a name, without a lookup. */
  peek(name: string): TxtAnswer | undefined;
  /** Removes everything, including lookups that are running. */
  clear(): void;
  /** The number of cached answers, some of which may have expired. */
  readonly size: number;
}

/** @throws DnsRecordError "invalid-option", because a lookup with anything else would fail temporarily for ever. */
export const checkResolver: (resolver: unknown) => void = argumentCheck(
  "resolver",
  objectWith("a resolver, an object with the method resolveTxt", "resolveTxt"),
  invalidOption,
);

/**
 * Caches a bounded number of answers of another resolver for their TTL; simultaneous lookups of one name
 * share one query. Answers with more than 16 KiB of text are passed on but not cached, so that the memory is
 * bounded too.
 *
 * A verifier should use `keySource`, which caches parsed keys.
 *
 * ```ts
 * const resolver = cachedResolver(nodeResolver(), { maxEntries: 500 });
 * await resolver.resolveTxt("mail._domainkey.example.com");
 * resolver.size; // 1
 * ```
 *
 * @throws DnsRecordError "invalid-option".
 */
export function cachedResolver(inner: TxtResolver, options?: TtlOptions): CachedResolver {
  checkResolver(inner);
  const rules = toTtlRules(options);
  const cache = new AnswerCache<TxtAnswer>(async (name) => {
    const answer = await resolveSafely(inner, name);
    return { answer, ttlSeconds: isLarge(answer) ? 0 : ttlOf(answer, rules) };
  }, rules);
  return {
    resolveTxt(name) {
      const owner = ownerName(name);
      const cached = cache.cached(owner);
      return cached === undefined ? cache.ask(owner) : Promise.resolve(cached);
    },
    peek: (name) => cache.cached(ownerName(name)),
    clear: () => cache.clear(),
    get size() {
      return cache.size;
    },
  };
}

/**
 * A resolver should not reject. One that does has failed temporarily. One that answers with something else than a
 * `TxtAnswer` is misused: a `DnsRecordError` "invalid-option" says so, instead of a failure that would pass for one of DNS.
 */
export async function resolveSafely(resolver: TxtResolver, name: string): Promise<TxtAnswer> {
  let answer: TxtAnswer;
  try {
    answer = await resolver.resolveTxt(name);
  } catch (error) {
    // A cache around a misused resolver.
    if (error instanceof DnsRecordError && error.code === "invalid-option") throw error;
    return failure("error", error instanceof Error ? error.message : String(error));
  }
  if (!isAnswer(answer)) {
    throw new DnsRecordError(
      "invalid-option",
      `resolver: expected resolveTxt to answer { status: "found", records: [...] } or with another status of TxtAnswer, got ${received(answer)}`,
    );
  }
  return answer;
}

function isAnswer(answer: unknown): boolean {
  if (typeof answer !== "object" || answer === null || !("status" in answer)) return false;
  return answer.status === "found"
    ? "records" in answer && Array.isArray(answer.records)
    : typeof answer.status === "string";
}

/** Whether an answer has more text than real key records have, and is not worth the memory. */
export function isLarge(answer: TxtAnswer): boolean {
  if (answer.status !== "found") return false;
  let octets = 0;
  for (const record of answer.records) octets += record.length;
  return octets > MAX_RECORD_OCTETS;
}
