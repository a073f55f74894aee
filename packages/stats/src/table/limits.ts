import { StatisticsError } from "../errors.ts";
import type { LimitName } from "./tables.ts";

/** How many rows are kept; the rest is folded into "other". */
export interface LimitOptions {
  /** The most rows of each table by domain: a whole number of at least 2. Default 10,000. */
  readonly maxDomains?: number;
  /** The most rows of each table by binding alone: a whole number of at least 2. Default 1,000. */
  readonly maxBindings?: number;
}

export type Limits = Readonly<Record<LimitName, number>>;

/** Codes, reasons, algorithms, key sizes: a few dozen in honest use. */
const MAX_LABELS = 256;

export const unlimited: Limits = { domains: Infinity, bindings: Infinity, labels: Infinity };

/** @throws StatisticsError "invalid-option". */
export function toLimits({ maxDomains = 10_000, maxBindings = 1_000 }: LimitOptions): Limits {
  return {
    domains: checked("maxDomains", maxDomains),
    bindings: checked("maxBindings", maxBindings),
    labels: MAX_LABELS,
  };
}

function checked(name: keyof LimitOptions, limit: number): number {
  if (Number.isInteger(limit) && limit >= 2) return limit;
  throw new StatisticsError(
    "invalid-option",
    `expected ${name} to be a whole number of at least 2, got ${limit}`,
  );
}
