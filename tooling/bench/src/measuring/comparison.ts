import { type Measurement, median, type Suite } from "./measurement.ts";

/** One side of a comparison. `run` does the work `count` times and returns the milliseconds it took. */
export interface Contender {
  readonly name: string;
  run(count: number): Promise<number> | number;
}

export interface Comparison {
  readonly name: string;
  readonly ours: Contender;
  readonly theirs: Contender;
  /** The target for the ratio of rates; 0 if there is none. */
  readonly floor: number;
}

interface Rhythm {
  readonly rounds: number;
  /** How long each side runs in a round. */
  readonly roundMs: number;
  /** Rounds before the measured ones, in which the engine finishes compiling the code. Default 1. */
  readonly warmUps?: number;
}

/** The quick mode only shows that everything runs; its figures mean nothing. */
export function rhythm(quick: boolean): Rhythm {
  return quick ? { rounds: 5, roundMs: 10 } : { rounds: 9, roundMs: 250 };
}

/**
 * Runs both sides in turn, round by round, so that other load on the machine affects both equally.
 * Rates are the medians over all rounds; the ratio is the median of the ratio of each round.
 */
async function compare(
  { name, ours, theirs, floor }: Comparison,
  { rounds, roundMs, warmUps = 1 }: Rhythm,
): Promise<Measurement> {
  const ourCount = await countFor(ours, roundMs);
  const theirCount = await countFor(theirs, roundMs);
  for (let round = 0; round < warmUps; round++) {
    await ours.run(ourCount);
    await theirs.run(theirCount);
  }
  const ourRates: number[] = [];
  const theirRates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ourRates.push((ourCount * 1000) / (await ours.run(ourCount)));
    theirRates.push((theirCount * 1000) / (await theirs.run(theirCount)));
  }
  return {
    name,
    against: theirs.name,
    ours: median(ourRates),
    theirs: median(theirRates),
    unit: "/s",
    ratio: median(ourRates.map((rate, round) => rate / (theirRates[round] ?? Number.NaN))),
    floor,
  };
}

/** A suite that makes comparisons, one after the other. `comparisons` is called when the suite runs. */
export function comparisonSuite(
  name: string,
  description: string,
  comparisons: () => readonly Comparison[],
): Suite {
  return {
    name,
    description,
    async run({ quick }) {
      return compareAll(comparisons(), rhythm(quick));
    },
  };
}

export async function compareAll(
  comparisons: Iterable<Comparison>,
  pace: Rhythm,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const comparison of comparisons) {
    measurements.push(await compare(comparison, pace));
  }
  return measurements;
}

/** Also warms up: the engine optimizes a function after some hundred calls. */
async function countFor(contender: Contender, roundMs: number): Promise<number> {
  await contender.run(1);
  let count = 1;
  for (;;) {
    const ms = await contender.run(count);
    if (ms >= roundMs / 4 || count >= 1 << 20) {
      return Math.max(1, Math.round((count * roundMs) / ms));
    }
    count *= 2;
  }
}

/** A contender that runs in this process. */
export function inProcess(name: string, work: () => unknown): Contender {
  return {
    name,
    run(count) {
      const start = performance.now();
      for (let done = 0; done < count; done++) {
        work();
      }
      return performance.now() - start;
    },
  };
}

/** The same for asynchronous work, one call at a time. */
export function inProcessAsync(name: string, work: () => Promise<unknown>): Contender {
  return {
    name,
    async run(count) {
      const start = performance.now();
      for (let done = 0; done < count; done++) {
        await work();
      }
      return performance.now() - start;
    },
  };
}
