import { StatisticsError } from "../errors.ts";
import type { LimitName } from "./tables.ts";

/** How much is kept apart; what is more is folded into "other". */
export interface LimitOptions {
  /** Rows of each table that has domains: a whole number from 2 on, by default 10,000. */
  readonly maxDomains?: number;
  /** Rows of each table by binding alone: a whole number from 2 on, by default 1,000. */
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
    `expected a whole number of rows from 2 on as ${name}, got ${limit}`,
  );
}
