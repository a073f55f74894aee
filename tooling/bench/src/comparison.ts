import { type Measurement, median } from "./measurement.ts";

/** One side of a comparison: does its work `count` times and says how long that took. */
export interface Contender {
  readonly name: string;
  run(count: number): Promise<number> | number;
}

export interface Comparison {
  readonly name: string;
  readonly ours: Contender;
  readonly theirs: Contender;
  /** The ratio of rates to reach; 0 where none is asked. */
  readonly floor: number;
}

interface Rhythm {
  readonly rounds: number;
  /** How long each side runs in a round. */
  readonly roundMs: number;
  /** Rounds before these that do not count: in them what `countFor` left is compiled. Default 1. */
  readonly warmUps?: number;
}

/** The short mode shows that everything runs, not what it reaches. */
export function rhythm(quick: boolean): Rhythm {
  return quick ? { rounds: 5, roundMs: 10 } : { rounds: 9, roundMs: 250 };
}

/**
 * Runs both sides in turn, round by round, so that whatever else the machine does falls on both.
 * Rates are medians; the ratio is the median of the rounds' ratios.
 */
export async function compare(
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

/** Also warms up: functions are compiled for speed after some hundred calls. */
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

/** A contender in this process. */
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

/** The same for work that ends later; one at a time. */
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
