import { callback, optionsCheck } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { Tally } from "../snapshot/tally.ts";
import { type LimitOptions, limitRules, toLimits } from "../table/limits.ts";
import type { Report, ReportAnswer } from "./reporter.ts";

/** The number of processes whose last report is remembered: the most recent ones. */
const MAX_PROCESSES = 1024;

/** The options of an `Aggregator`. */
export interface AggregatorOptions extends LimitOptions {
  /** Unix time in milliseconds; by default `Date.now`. */
  readonly now?: () => number;
  /** Called with each delta as it is counted, for a `TimeSeries`. */
  readonly onDelta?: (delta: Snapshot) => void;
}

const checkOptions = optionsCheck<AggregatorOptions>(
  "options",
  { ...limitRules, now: callback, onDelta: callback },
  invalidOption,
);

/** The state of an aggregator, as a store keeps it. */
export interface AggregatorState {
  readonly epoch: number;
  /** For each process, the number of its last report that was counted. */
  readonly processes: readonly (readonly [processId: string, sequence: number])[];
  readonly snapshot: Snapshot;
}

/**
 * The totals over all processes. Each report counts once, however often it arrives. A reset starts a new
 * epoch: an event belongs to the epoch that its process knew of when it was recorded, and reports of an older
 * epoch are acknowledged and dropped, so that the totals never mix what was before with what is after.
 *
 * ```ts
 * const aggregator = new Aggregator();
 * const reporter = new Reporter({
 *   statistics,
 *   processId: "relay-1",
 *   send: (report) => reporter.receive(aggregator.receive(report)),
 * });
 * await reporter.flush();
 * totalOf(aggregator.snapshot(), "signing").signed;
 * ```
 */
export class Aggregator {
  readonly #tally: Tally;
  readonly #now: () => number;
  readonly #onDelta: ((delta: Snapshot) => void) | undefined;
  readonly #lastSequence = new Map<string, number>();
  #epoch = 0;
  #sinceMs: number;
  #revision = 0;

  /** @throws StatisticsError "invalid-option". */
  constructor(options: AggregatorOptions = {}) {
    checkOptions(options);
    const { now = Date.now, onDelta } = options;
    this.#tally = new Tally(toLimits(options));
    this.#now = now;
    this.#onDelta = onDelta;
    this.#sinceMs = now();
  }

  /** Grows with each reset. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Changes with every change of the state. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Counts a report unless it was counted before or belongs to an older epoch. Send the answer back to its
   * sender.
   */
  receive({ processId, sequence, epoch = this.#epoch, delta }: Report): ReportAnswer {
    if (sequence > (this.#lastSequence.get(processId) ?? 0)) {
      this.#revision += 1;
      this.#remember(processId, sequence);
      // It is larger if the process outlived an aggregator whose state was lost.
      this.#epoch = Math.max(epoch, this.#epoch);
      if (epoch === this.#epoch) {
        this.#tally.merge(delta);
        this.#onDelta?.(delta);
      }
    }
    return { epoch: this.#epoch, acknowledged: sequence };
  }

  /**
   * Starts again from zero. Send the answer to every process at once: events of a process that has not
   * received it are dropped.
   */
  reset(): ReportAnswer {
    this.#revision += 1;
    this.#epoch += 1;
    this.#tally.clear();
    this.#sinceMs = this.#now();
    return { epoch: this.#epoch };
  }

  /**
   * Everything since the last reset, across restarts if a store keeps it. With `top`, each table has only the
   * rows with the most events and the rest is in "other", which is faster.
   */
  snapshot(top: number = Infinity): Snapshot {
    return this.#tally.snapshot(this.#sinceMs, this.#now(), top);
  }

  /** The state to be kept by a store. */
  state(): AggregatorState {
    return { epoch: this.#epoch, processes: [...this.#lastSequence], snapshot: this.snapshot() };
  }

  /** Adds the state that a store kept. Call it before the first report. */
  restore({ epoch, processes, snapshot }: AggregatorState): void {
    this.#epoch = Math.max(epoch, this.#epoch);
    for (const [processId, sequence] of processes) this.#remember(processId, sequence);
    this.#tally.merge(snapshot);
    this.#sinceMs = snapshot.sinceMs;
  }

  #remember(processId: string, sequence: number): void {
    this.#lastSequence.delete(processId);
    this.#lastSequence.set(processId, sequence);
    const [oldest] = this.#lastSequence.keys();
    if (this.#lastSequence.size > MAX_PROCESSES && oldest !== undefined) {
      this.#lastSequence.delete(oldest);
    }
  }
}
