import { callback, objectWith, optionsCheck, required, text, wholeNumber } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Statistics } from "../statistics.ts";

/** A report of a process to the aggregator. It survives JSON and structured clone. */
export interface Report {
  /** Unique for each start of a process, because process numbers are reused. */
  readonly processId: string;
  /** Counts from 1. A report that is sent again keeps its number. */
  readonly sequence: number;
  /** The epoch that the events belong to; a process that knows of none yet counts in the current one. */
  readonly epoch?: number;
  readonly delta: Snapshot;
}

/** The aggregator's answer to a report, or its message to all processes after a reset, which acknowledges nothing. */
export interface ReportAnswer {
  readonly epoch: number;
  readonly acknowledged?: number;
}

/** The options of a `Reporter`. */
export interface ReporterOptions {
  readonly statistics: Statistics;
  readonly processId: string;
  /**
   * The aggregator's epoch when the process started. It makes a reset exact for a process that has not
   * reported yet: without it, the events that such a process counted before the reset count after it.
   */
  readonly epoch?: number;
  /** Sends a report to the aggregator by any channel. The report may get lost. */
  readonly send: (report: Report) => void;
}

const checkOptions = optionsCheck<ReporterOptions>(
  "options",
  {
    statistics: required(objectWith("the Statistics of this process", "takeDelta")),
    processId: required(text),
    epoch: wholeNumber(0),
    send: required(callback),
  },
  invalidOption,
);

/**
 * Runs in each process. It sends the events counted so far, one report at a time, and repeats a report until
 * it is acknowledged. Call `report` at an interval, and `receive` with each answer of the aggregator.
 *
 * ```ts
 * const reporter = new Reporter({
 *   statistics,
 *   processId: crypto.randomUUID(),
 *   send: (report) => port.postMessage(report),
 * });
 * port.on("message", (answer) => reporter.receive(answer));
 * setInterval(() => reporter.report(), 1000).unref();
 * ```
 */
export class Reporter {
  readonly #statistics: Statistics;
  readonly #processId: string;
  readonly #send: (report: Report) => void;
  #epoch: number | undefined;
  #sequence = 0;
  #unacknowledged: Report | undefined;
  #flushed: (() => void)[] = [];

  /** @throws StatisticsError "invalid-option". */
  constructor(options: ReporterOptions) {
    checkOptions(options);
    const { statistics, processId, epoch, send } = options;
    this.#statistics = statistics;
    this.#processId = processId;
    this.#epoch = epoch;
    this.#send = send;
  }

  /** The epoch that current events belong to; undefined until it is known. */
  get epoch(): number | undefined {
    return this.#epoch;
  }

  /** Repeats the report that is not acknowledged yet, or sends the events counted since, if there are any. */
  report(): void {
    this.#unacknowledged ??= this.#next();
    if (this.#unacknowledged === undefined) {
      for (const resolve of this.#flushed.splice(0)) resolve();
    } else {
      this.#send(this.#unacknowledged);
    }
  }

  /** Takes an answer of the aggregator. */
  receive({ epoch, acknowledged }: ReportAnswer): void {
    if (acknowledged !== undefined && acknowledged === this.#unacknowledged?.sequence) {
      this.#unacknowledged = undefined;
    }
    if (this.#epoch !== undefined && epoch > this.#epoch) {
      // Events counted until now belong before the reset, and are dropped.
      this.#unacknowledged = undefined;
      this.#statistics.reset();
    }
    this.#epoch = Math.max(epoch, this.#epoch ?? epoch);
    if (this.#flushed.length > 0 && this.#unacknowledged === undefined) this.report();
  }

  /** Reports now, and resolves when everything counted is acknowledged. Keep calling `report` while it waits. */
  flush(): Promise<void> {
    const { promise, resolve } = withResolver();
    this.#flushed.push(resolve);
    this.report();
    return promise;
  }

  #next(): Report | undefined {
    const delta = this.#statistics.takeDelta();
    if (delta === undefined) return undefined;
    this.#sequence += 1;
    return {
      processId: this.#processId,
      sequence: this.#sequence,
      ...(this.#epoch !== undefined && { epoch: this.#epoch }),
      delta,
    };
  }
}

/** `Promise.withResolvers`, which the types of the oldest supported Node lack. */
function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let settle: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: () => settle?.() };
}
