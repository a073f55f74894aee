import { callback, faultOf, number, optionsCheck } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";
import type { TxtAnswer } from "./txt-resolver.ts";

/** Options for how long answers are kept. */
export interface TtlOptions {
  /** The most answers to keep; the least recently used makes room. Default 2048. */
  readonly maxEntries?: number;
  /** No answer is kept longer than this. Default 86400. */
  readonly maxTtlSeconds?: number;
  /** Records are kept at least this long, whatever their TTL. Default 0. */
  readonly minTtlSeconds?: number;
  /** The TTL of records if the resolver does not report one (`nodeResolver`). Default 300. */
  readonly defaultTtlSeconds?: number;
  /** The TTL of NXDOMAIN and NODATA if none is reported, and its upper bound otherwise. Default 300. */
  readonly negativeTtlSeconds?: number;
  /** How long SERVFAIL, timeouts and other errors are kept; 0 for not at all. Default 5. */
  readonly errorTtlSeconds?: number;
  /** The clock, in milliseconds; only differences matter. Default: a monotonic clock. */
  readonly now?: () => number;
}

export type TtlRules = Required<TtlOptions>;

const seconds = number(0, Infinity, "seconds");
const milliseconds = number(0, Infinity, "milliseconds");

const checkOptions = optionsCheck<TtlOptions>(
  "options",
  {
    maxEntries: number(0),
    maxTtlSeconds: seconds,
    minTtlSeconds: seconds,
    defaultTtlSeconds: seconds,
    negativeTtlSeconds: seconds,
    errorTtlSeconds: seconds,
    now: callback,
  },
  invalidOption,
);

/** @throws DnsRecordError "invalid-option". */
export function toTtlRules(options: TtlOptions = {}): TtlRules {
  checkOptions(options);
  return {
    maxEntries: options.maxEntries ?? 2048,
    maxTtlSeconds: options.maxTtlSeconds ?? 86_400,
    minTtlSeconds: options.minTtlSeconds ?? 0,
    defaultTtlSeconds: options.defaultTtlSeconds ?? 300,
    negativeTtlSeconds: options.negativeTtlSeconds ?? 300,
    errorTtlSeconds: options.errorTtlSeconds ?? 5,
    now: options.now === undefined ? () => performance.now() : checkedClock(options.now),
  };
}

/** With NaN, nothing would ever expire. */
function checkedClock(now: () => number): () => number {
  return () => {
    const reading = now();
    if (!milliseconds.accepts(reading)) {
      throw invalidOption(faultOf(milliseconds, reading, "now()").message);
    }
    return reading;
  };
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
