import { type Counters, totalOf } from "../table/rows.ts";
import type { TableName } from "../table/tables.ts";
import { Histogram } from "./histogram.ts";
import type { HistogramName, Snapshot } from "./snapshot.ts";

/** The number of events at each point in time. */
export type CountSeries =
  | "signed"
  | "signingFailed"
  | "skipped"
  | "verifiedPass"
  | "verifiedNotPass"
  | "keyLookups"
  | "dnsFailures"
  | "messages"
  | "delivered"
  | "deferred"
  | "bounced";

/** A quantile, in nanoseconds, of the durations at each point in time. */
export type LatencySeries = `${HistogramName}P${50 | 99}`;

/** Columns of equal length, as charts need them. The last point is the current one and not complete yet. */
export interface TimeColumns {
  /** Unix time in seconds at which each point starts. */
  readonly timeSeconds: readonly number[];
  readonly counts: Readonly<Record<CountSeries, readonly number[]>>;
  /** null if nothing was timed. */
  readonly latencyNs: Readonly<Record<LatencySeries, readonly (number | null)[]>>;
}

const countSeries: readonly CountSeries[] = [
  "signed",
  "signingFailed",
  "skipped",
  "verifiedPass",
  "verifiedNotPass",
  "keyLookups",
  "dnsFailures",
  "messages",
  "delivered",
  "deferred",
  "bounced",
];
const timed: readonly HistogramName[] = [
  "signing",
  "verification",
  "keyLookup",
  "message",
  "delivery",
];
const latencySeries: readonly LatencySeries[] = timed.flatMap((name): LatencySeries[] => [
  `${name}P50`,
  `${name}P99`,
]);
const WIDTH = countSeries.length + latencySeries.length;

/**
 * Throughput and latency over time: each second of the last ten minutes and each minute of the last day. Add
 * deltas of one process or of all; a delta counts at the time it is added. The memory is always 0.5 MB.
 * Setting the system clock moves the labels of the points, not their distance from now.
 *
 * ```ts
 * const series = new TimeSeries();
 * const delta = statistics.takeDelta();
 * if (delta !== undefined) series.add(delta);
 * series.seconds().counts.signed.at(-1); // in the current second
 * ```
 */
export class TimeSeries {
  readonly #seconds = new Ring(1, 600);
  readonly #minutes = new Ring(60, 1440);
  readonly #now: () => number;
  readonly #elapsedMs: () => number;
  readonly #startedMs: number;

  /** `now` is Unix time, `elapsedMs` a monotonic clock; both in milliseconds. */
  constructor(now: () => number = Date.now, elapsedMs: () => number = () => performance.now()) {
    this.#now = now;
    this.#elapsedMs = elapsedMs;
    this.#startedMs = now() - elapsedMs();
  }

  /** Adds the events of a delta to the current second. */
  add(delta: Snapshot): void {
    const timeSeconds = this.#timeSeconds();
    const counts = countsOf(delta);
    this.#seconds.add(timeSeconds, counts, delta);
    this.#minutes.add(timeSeconds, counts, delta);
  }

  /** The last ten minutes, 600 points. */
  seconds(): TimeColumns {
    return this.#columns(this.#seconds);
  }

  /** The last day, 1440 points. */
  minutes(): TimeColumns {
    return this.#columns(this.#minutes);
  }

  #columns(ring: Ring): TimeColumns {
    const timeSeconds = this.#timeSeconds();
    return ring.columns(timeSeconds, this.#now() / 1000 - timeSeconds);
  }

  /** The Unix time that the clock would show if nobody had set it since the start. */
  #timeSeconds(): number {
    return (this.#startedMs + this.#elapsedMs()) / 1000;
  }
}

/** The most recent points of one width. Only the current point has histograms; the others keep their quantiles. */
class Ring {
  readonly #stepSeconds: number;
  readonly #length: number;
  readonly #points: Float64Array;
  readonly #stepOf: Float64Array;
  readonly #present = timed.map((name) => ({ name, histogram: new Histogram() }));
  #step = -1;

  constructor(stepSeconds: number, length: number) {
    this.#stepSeconds = stepSeconds;
    this.#length = length;
    this.#points = new Float64Array(length * WIDTH);
    this.#stepOf = new Float64Array(length).fill(-1);
  }

  add(timeSeconds: number, counts: readonly number[], delta: Snapshot): void {
    this.#advance(Math.floor(timeSeconds / this.#stepSeconds));
    const start = (this.#step % this.#length) * WIDTH;
    const point = this.#points.subarray(start, start + WIDTH);
    for (const [at, count] of counts.entries()) point[at] = (point[at] ?? 0) + count;
    for (const [at, { name, histogram }] of this.#present.entries()) {
      histogram.merge(delta.histograms[name]);
      const column = countSeries.length + 2 * at;
      point[column] = histogram.quantileNs(0.5) ?? Number.NaN;
      point[column + 1] = histogram.quantileNs(0.99) ?? Number.NaN;
    }
  }

  /** Adds whole steps of `aheadSeconds` to the labels of the points. */
  columns(timeSeconds: number, aheadSeconds: number): TimeColumns {
    const last = Math.floor(timeSeconds / this.#stepSeconds);
    const stepsAhead = Math.round(aheadSeconds / this.#stepSeconds);
    const steps = Array.from({ length: this.#length }, (_, at) => last - this.#length + 1 + at);
    const column = (at: number, absent: number) =>
      steps.map((step) => {
        const slot = ((step % this.#length) + this.#length) % this.#length;
        return this.#stepOf[slot] === step ? (this.#points[slot * WIDTH + at] ?? absent) : absent;
      });
    return {
      timeSeconds: steps.map((step) => (step + stepsAhead) * this.#stepSeconds),
      counts: named(countSeries, (at) => column(at, 0)),
      latencyNs: named(latencySeries, (at) =>
        column(countSeries.length + at, Number.NaN).map((ns) => (Number.isNaN(ns) ? null : ns)),
      ),
    };
  }

  #advance(step: number): void {
    if (step === this.#step) return;
    this.#step = step;
    const slot = step % this.#length;
    this.#points.fill(0, slot * WIDTH, (slot + 1) * WIDTH);
    this.#stepOf[slot] = step;
    for (const { histogram } of this.#present) histogram.clear();
  }
}

/** Sorted like `countSeries`. */
function countsOf(delta: Snapshot): readonly number[] {
  const of = <Name extends TableName>(name: Name): Counters<Name> => totalOf(delta, name);
  const { signed, failed, skipped } = of("signing");
  const { verified, pass, none } = of("verification");
  const deliveries = of("deliveries");
  const counts: Readonly<Record<CountSeries, number>> = {
    signed,
    signingFailed: failed,
    skipped,
    verifiedPass: pass,
    verifiedNotPass: verified - pass - none,
    keyLookups: of("keyLookups").lookups,
    dnsFailures: of("dnsFailures").lookups,
    messages: of("messages").messages,
    delivered: deliveries.delivered,
    deferred: deliveries.deferred,
    bounced: deliveries.failed,
  };
  return countSeries.map((name) => counts[name]);
}

function named<Name extends string, Value>(
  names: readonly Name[],
  make: (at: number) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name, at) => [name, make(at)])) as Record<Name, Value>;
}

/**
 * Merges two time series at the points of the first. Counts are added; quantiles cannot be, so the longer
 * duration is kept. Points that only the second series has are left out.
 *
 * ```ts
 * const both = mergeColumns(relay.seconds(), worker.seconds());
 * ```
 */
export function mergeColumns(first: TimeColumns, second: TimeColumns): TimeColumns {
  const at = new Map(second.timeSeconds.map((seconds, index) => [seconds, index]));
  const places = first.timeSeconds.map((seconds) => at.get(seconds));
  const merged = <Value>(
    one: Readonly<Record<string, readonly Value[]>>,
    other: Readonly<Record<string, readonly Value[]>>,
    together: (a: Value, b: Value) => Value,
  ): unknown =>
    Object.fromEntries(
      Object.entries(one).map(([name, column]) => [
        name,
        column.map((value, index) => {
          const place = places[index];
          const added = place === undefined ? undefined : other[name]?.[place];
          return added === undefined ? value : together(value, added);
        }),
      ]),
    );
  return {
    timeSeconds: first.timeSeconds,
    counts: merged(first.counts, second.counts, (a, b) => a + b) as TimeColumns["counts"],
    latencyNs: merged(first.latencyNs, second.latencyNs, longer) as TimeColumns["latencyNs"],
  };
}

function longer(one: number | null, other: number | null): number | null {
  return one === null ? other : Math.max(one, other ?? 0);
}
