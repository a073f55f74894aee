/** One line of a benchmark: two things measured side by side in the same run. */
export interface Measurement {
  readonly name: string;
  /** What `theirs` is. */
  readonly against: string;
  readonly ours: number;
  readonly theirs: number;
  readonly unit: string;
  /** How well we do against it: higher is better, whatever the unit. */
  readonly ratio: number;
  /** What the ratio should reach; 0 where nothing is asked. */
  readonly floor: number;
}

interface SuiteOptions {
  /** Few rounds: shows that it runs, not what it reaches. */
  readonly quick: boolean;
  /** How many messages a suite that sends them sends; its own default where left out. */
  readonly messages?: number;
}

export interface Suite {
  readonly name: string;
  readonly description: string;
  run(options: SuiteOptions): Promise<readonly Measurement[]>;
}

/** What must not be more than `limit`. */
export function withinLimit(name: string, ours: number, limit: number, unit: string): Measurement {
  const against = `at most ${limit.toLocaleString("en")} ${unit}`;
  return { name, against, ours, theirs: limit, unit, ratio: limit / ours, floor: 1 };
}

/** Milliseconds that `work` takes. */
export async function timeOf(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
