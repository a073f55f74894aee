/**
 * Log-linear buckets: each power of two is split into 32 equal ones, so that a bucket is at most 1/32 as
 * wide as its values are large, and its middle is within 1.6 % of each of them. Below 64 ns it is exact.
 */
const SPLIT_BITS = 5;
const SPLITS = 1 << SPLIT_BITS;
/** 2^43 ns, 2.4 hours. Longer durations count in the last bucket. */
const MAX_EXPONENT = 42;
const BUCKETS = (MAX_EXPONENT - SPLIT_BITS + 2) * SPLITS;
const TWO_32 = 2 ** 32;

/** A histogram as JSON. */
export interface HistogramSnapshot {
  /** Pairs of bucket number and count, for the buckets that are not empty, in ascending order. */
  readonly buckets: readonly number[];
  /** The exact sum, not one of bucket middles. */
  readonly sumNs: number;
}

/**
 * A histogram of durations in nanoseconds. It always takes 10 KB, and merging histograms loses nothing.
 *
 * ```ts
 * const histogram = new Histogram();
 * histogram.record(120_000);
 * histogram.quantileNs(0.99); // about 120,000
 * Histogram.from(snapshot.histograms.signing).count;
 * ```
 */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sumNs = 0;

  /** The histogram of a snapshot. */
  static from(snapshot: HistogramSnapshot): Histogram {
    const histogram = new Histogram();
    histogram.merge(snapshot);
    return histogram;
  }

  /** The number of recorded durations. */
  get count(): number {
    return this.#count;
  }

  get sumNs(): number {
    return this.#sumNs;
  }

  /** Records a duration in nanoseconds: a whole number that is not negative. */
  record(durationNs: number): void {
    const bucket = bucketOf(durationNs);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sumNs += durationNs;
  }

  /** Adds the durations of another histogram. */
  merge({ buckets, sumNs }: HistogramSnapshot): void {
    for (let at = 0; at + 1 < buckets.length; at += 2) {
      const bucket = buckets[at] ?? 0;
      const count = buckets[at + 1] ?? 0;
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
      this.#count += count;
    }
    this.#sumNs += sumNs;
  }

  /** Forgets all durations. */
  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sumNs = 0;
  }

  /**
   * The duration that the share `q` (0 to 1) of all durations does not exceed, within 1.6 %. Undefined if
   * nothing was recorded.
   */
  quantileNs(q: number): number | undefined {
    const rank = Math.max(1, Math.ceil(q * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return (leastOf(bucket) + mostOf(bucket)) / 2;
    }
    return undefined;
  }

  /** The number of durations that are at most `limitNs`. A bucket that the limit splits is left out. */
  countUpTo(limitNs: number): number {
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS && mostOf(bucket) <= limitNs; bucket += 1) {
      seen += this.#counts[bucket] ?? 0;
    }
    return seen;
  }

  /** The buckets as plain data. */
  snapshot(): HistogramSnapshot {
    const buckets: number[] = [];
    for (const [bucket, count] of this.#counts.entries()) {
      if (count !== 0) buckets.push(bucket, count);
    }
    return { buckets, sumNs: this.#sumNs };
  }
}

export function isBucket(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number < BUCKETS;
}

function bucketOf(ns: number): number {
  if (ns < SPLITS) return ns;
  const exponent =
    ns < TWO_32 ? 31 - Math.clz32(ns) : 63 - Math.clz32(Math.min(ns / TWO_32, TWO_32 - 1));
  if (exponent > MAX_EXPONENT) return BUCKETS - 1;
  const shift = exponent - SPLIT_BITS;
  return shift * SPLITS + Math.floor(ns / 2 ** shift);
}

function leastOf(bucket: number): number {
  const shift = shiftOf(bucket);
  return (bucket - shift * SPLITS) * 2 ** shift;
}

function mostOf(bucket: number): number {
  return leastOf(bucket) + 2 ** shiftOf(bucket) - 1;
}

function shiftOf(bucket: number): number {
  return Math.max(0, Math.floor(bucket / SPLITS) - 1);
}
