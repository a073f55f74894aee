import { listOf, number, objectWith, oneOf, optionsCheck, text } from "@mailseal/errors";
import type { ListOptions, StatsOptions, TakeOptions } from "./contract.ts";
import { badOption, type QueueError } from "./errors.ts";

/** 100 years. With longer delays, times would no longer be exact numbers, and nanoseconds overflow in JetStream. */
export const maxDurationMs: number = 100 * 365 * 24 * 60 * 60 * 1000;
/** A timer of Node.js with a longer interval fires at once. */
export const maxTimerMs: number = 2 ** 31 - 1;
/** How long the queue itself uses these, without a timer. */
const longDurations: ReadonlySet<string> = new Set(["leaseMs", "dedupWindowMs"]);

// The functions below check the range.
const anyNumber = number(-Infinity);

const checkTakeOptions = optionsCheck<TakeOptions>(
  "options",
  {
    waitMs: anyNumber,
    signal: objectWith("an AbortSignal", "addEventListener"),
    excludeRoutes: objectWith("a Set of routes", "has"),
    excludeEndings: listOf("endings", text),
    maxPerRoute: anyNumber,
    maxBytes: anyNumber,
  },
  badOption,
);

const checkListOptions = optionsCheck<ListOptions>(
  "options",
  {
    state: oneOf(["ready", "leased", "delayed", "held", "dead"]),
    route: text,
    limit: anyNumber,
    after: text,
  },
  badOption,
);

const checkStatsOptions = optionsCheck<StatsOptions>(
  "options",
  { maxRoutes: anyNumber },
  badOption,
);

/** Throws "bad-option" unless every number among the options is a whole number that the queue can use. */
export function checkNumbers(options: object, least: 0 | 1): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === "number") checkWhole(name, value, least, mostOf(name));
  }
}

/** Throws "bad-option" if a take could not be run with these options. */
export function checkTake(batch: number, options: TakeOptions): void {
  checkTakeOptions(options);
  const { waitMs = 0, maxPerRoute = batch, maxBytes = 0 } = options;
  checkWhole("batch", batch, 1);
  checkWhole("maxPerRoute", maxPerRoute, 1);
  // Infinity is a wait without end, or bodies without limit.
  for (const [name, value] of [
    ["waitMs", waitMs],
    ["maxBytes", maxBytes],
  ] as const) {
    if (!(value >= 0)) throw bad(name, "a number from 0", value);
  }
}

/** The limit of a page. Throws "bad-option" if it is not a whole number. */
export function pageLimit(options: ListOptions): number {
  checkListOptions(options);
  const { limit = 100 } = options;
  checkWhole("limit", limit, 1);
  return Math.min(1000, limit);
}

/** The number of routes to report. Throws "bad-option" if it is not a whole number. */
export function routeLimit(options: StatsOptions): number {
  checkStatsOptions(options);
  const { maxRoutes = 100 } = options;
  checkWhole("maxRoutes", maxRoutes, 0);
  return maxRoutes;
}

/** A delay in whole milliseconds; a negative one counts as 0. Throws "bad-option" for any other value. */
export function wholeDelay(name: string, delayMs: number): number {
  if (!Number.isFinite(delayMs) || delayMs > maxDurationMs) {
    throw bad(name, `a number of milliseconds up to ${maxDurationMs}`, delayMs);
  }
  return Math.max(0, Math.round(delayMs));
}

/** The error for a value of `after` that is not the `next` value of a page. */
export function badPosition(after: string): QueueError {
  return bad("after", "the next value of a page", after);
}

function checkWhole(
  name: string,
  value: number,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  throw bad(name, `a whole number ${range}`, value);
}

function mostOf(name: string): number {
  if (!name.endsWith("Ms")) return Number.MAX_SAFE_INTEGER;
  return longDurations.has(name) ? maxDurationMs : maxTimerMs;
}

function bad(name: string, expected: string, got: unknown): QueueError {
  return badOption(`${name} must be ${expected}, got ${String(got)}`);
}
