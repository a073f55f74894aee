import { readFileSync } from "node:fs";

/** A corpus case whose expectation we believe is wrong; it still runs, and must give `ours`. */
export interface DisputedCase {
  /** The `id` of the case in the manifest or the vectors. */
  readonly id: string;
  /** The RFC section that proves it, such as "RFC 6376 3.6.1". */
  readonly section: string;
  readonly reason: string;
  /** The result of this implementation, in the format of the expectation. */
  readonly ours: unknown;
}

/** The entries of disputed.json. */
export function disputedCases(): readonly DisputedCase[] {
  const text = readFileSync(new URL("../disputed.json", import.meta.url), "utf8");
  return JSON.parse(text) as readonly DisputedCase[];
}
