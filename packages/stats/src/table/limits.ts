import { type OptionRules, wholeNumber } from "@mailseal/errors";
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

/** A table needs a row for "other" beside one for a name. */
export const limitRules: OptionRules<LimitOptions> = {
  maxDomains: wholeNumber(2),
  maxBindings: wholeNumber(2),
};

export function toLimits({ maxDomains = 10_000, maxBindings = 1_000 }: LimitOptions): Limits {
  return { domains: maxDomains, bindings: maxBindings, labels: MAX_LABELS };
}
