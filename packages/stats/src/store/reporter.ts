import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Statistics } from "../statistics.ts";

/** What a process tells the aggregator; survives JSON and structured clone. */
export interface Report {
  /** Another one for each start of a process: process numbers come again. */
  readonly processId: string;
  /** From 1 on; a report that is sent again keeps its number. */
  readonly sequence: number;
  /** The epoch that the events belong to; a process that knows of none yet counts in the current one. */
  readonly epoch?: number;
  readonly delta: Snapshot;
}

/** What the aggregator answers, or tells all processes after a reset; then nothing is acknowledged. */
export interface ReportAnswer {
  readonly epoch: number;
  readonly acknowledged?: number;
}

export interface ReporterOptions {
  readonly statistics: Statistics;
  readonly processId: string;
  /**
   * The aggregator's, when the process was started: makes a reset exact for a process that has not reported
   * yet. Without it, what such a process had counted before the reset counts after it.
   */
  readonly epoch?: number;
  /** Hands a report to the aggregator, by whatever way; it may get lost. */
  readonly send: (report: Report) => void;
}

/**
 * The process's side: sends what was counted, one report at a time, and the same again until it is
 * acknowledged. Call `report` at an interval of your own, `receive` with what the aggregator says.
 */
export class Reporter {
  readonly #statistics: Statistics;
  readonly #processId: string;
  readonly #send: (report: Report) => void;
  #epoch: number | undefined;
  #sequence = 0;
  #unacknowledged: Report | undefined;
  #flushed: (() => void)[] = [];

  constructor({ statistics, processId, epoch, send }: ReporterOptions) {
    this.#statistics = statistics;
    this.#processId = processId;
    this.#epoch = epoch;
    this.#send = send;
  }

  /** What is recorded now belongs to it; undefined while none is known. */
  get epoch(): number | undefined {
    return this.#epoch;
  }

  /** Sends what is not acknowledged once more, or else what was counted since, or else nothing. */
  report(): void {
    this.#unacknowledged ??= this.#next();
    if (this.#unacknowledged === undefined) {
      for (const resolve of this.#flushed.splice(0)) resolve();
    } else {
      this.#send(this.#unacknowledged);
    }
  }

  receive({ epoch, acknowledged }: ReportAnswer): void {
    if (acknowledged !== undefined && acknowledged === this.#unacknowledged?.sequence) {
      this.#unacknowledged = undefined;
    }
    if (this.#epoch !== undefined && epoch > this.#epoch) {
      // What was counted until now belongs before the reset, and nobody asks for it any more.
      this.#unacknowledged = undefined;
      this.#statistics.reset();
    }
    this.#epoch = Math.max(epoch, this.#epoch ?? epoch);
    if (this.#flushed.length > 0 && this.#unacknowledged === undefined) this.report();
  }

  /** Reports now; resolves when all that was counted is acknowledged. Call `report` on while it waits. */
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

/** Promise.withResolvers, which the types that this is compiled with do not know. */
function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let settle: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: () => settle?.() };
}
