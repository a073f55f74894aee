import { DnsRecordError } from "../errors.ts";
import type { TxtAnswer } from "./txt-resolver.ts";

/** How long answers are kept. */
export interface TtlOptions {
  /** Answers kept at most; the one used longest ago makes room. Default 2048. */
  readonly maxEntries?: number;
  /** No answer is kept longer than this. Default 86400. */
  readonly maxTtlSeconds?: number;
  /** Records are kept at least this long, whatever their TTL. Default 0. */
  readonly minTtlSeconds?: number;
  /** For records whose TTL the resolver cannot tell (`nodeResolver`). Default 300. */
  readonly defaultTtlSeconds?: number;
  /** For NXDOMAIN and NODATA: the time where none is told, the most where one is. Default 300. */
  readonly negativeTtlSeconds?: number;
  /** For SERVFAIL, timeouts and other errors; 0: they are not kept. Default 5. */
  readonly errorTtlSeconds?: number;
  /** The clock, in milliseconds; only differences count. Default: one that never goes back. */
  readonly now?: () => number;
}

export type TtlRules = Required<TtlOptions>;

/** @throws DnsRecordError "invalid-option" for a negative number or none. */
export function toTtlRules(options: TtlOptions = {}): TtlRules {
  const rules: TtlRules = {
    maxEntries: options.maxEntries ?? 2048,
    maxTtlSeconds: options.maxTtlSeconds ?? 86_400,
    minTtlSeconds: options.minTtlSeconds ?? 0,
    defaultTtlSeconds: options.defaultTtlSeconds ?? 300,
    negativeTtlSeconds: options.negativeTtlSeconds ?? 300,
    errorTtlSeconds: options.errorTtlSeconds ?? 5,
    now: options.now ?? (() => performance.now()),
  };
  for (const [name, value] of Object.entries(rules)) {
    if (typeof value === "number" && !(value >= 0)) {
      throw new DnsRecordError("invalid-option", `expected ${name} to be 0 or more, got ${value}`);
    }
  }
  return rules;
}

/** How long an answer may be kept, in seconds. */
export function ttlOf(answer: TxtAnswer, rules: TtlRules): number {
  switch (answer.status) {
    case "found": {
      const ttl = Math.max(answer.ttlSeconds ?? rules.defaultTtlSeconds, rules.minTtlSeconds);
      return Math.min(ttl, rules.maxTtlSeconds);
    }
    case "nxdomain":
    case "nodata":
      return Math.min(
        answer.ttlSeconds ?? rules.negativeTtlSeconds,
        rules.negativeTtlSeconds,
        rules.maxTtlSeconds,
      );
    default:
      return rules.errorTtlSeconds;
  }
}
