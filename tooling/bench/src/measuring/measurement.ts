/** One row of a benchmark: two sides measured in the same run. */
export interface Measurement {
  readonly name: string;
  /** The other side: a peer, a bound or a budget. */
  readonly against: string;
  readonly ours: number;
  readonly theirs: number;
  readonly unit: string;
  /** Ours compared with theirs; higher is better, whatever the unit. */
  readonly ratio: number;
  /** The target for the ratio; 0 if there is none. */
  readonly floor: number;
}

interface SuiteOptions {
  /** Few rounds: shows only that the suite runs. */
  readonly quick: boolean;
  /** How many messages to send, for suites that send mail; each suite has its own default. */
  readonly messages?: number;
}

export interface Suite {
  readonly name: string;
  readonly description: string;
  run(options: SuiteOptions): Promise<readonly Measurement[]>;
}

/** A measurement that must not exceed `limit`. */
export function withinLimit(name: string, ours: number, limit: number, unit: string): Measurement {
  const against = `at most ${limit.toLocaleString("en")} ${unit}`;
  return { name, against, ours, theirs: limit, unit, ratio: limit / ours, floor: 1 };
}

/** Measures how many milliseconds `work` takes. */
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

/** The slope of the straight line that fits the points best (least squares). */
export function slope(points: readonly (readonly [number, number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
