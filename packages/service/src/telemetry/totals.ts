import type { Config } from "@mailseal/config";
import {
  Aggregator,
  fileStore,
  keepSaved,
  type Report,
  type ReportAnswer,
  type SavedStatistics,
  type Snapshot,
  TimeSeries,
} from "@mailseal/stats";
import type { Logger } from "../log/log.ts";
import { RecentFailures } from "./failed-message.ts";
import { limitsOf } from "./limits.ts";

/** The sums of all processes, kept in the supervisor or in the only process. */
export class Totals {
  readonly series: TimeSeries;
  readonly failures: RecentFailures = new RecentFailures();
  readonly #aggregator: Aggregator;
  readonly #onReset: ((answer: ReportAnswer) => void)[] = [];
  readonly #beforeReading: (() => void)[] = [];
  #saved: SavedStatistics | undefined;

  private constructor(config: Config["statistics"], now?: () => number, elapsedMs?: () => number) {
    this.series = new TimeSeries(now, elapsedMs);
    const onDelta = (delta: Snapshot): void => this.series.add(delta);
    this.#aggregator = new Aggregator({
      ...limitsOf(config),
      onDelta,
      ...(now !== undefined && { now }),
    });
  }

  /** `now` is Unix time, `elapsedMs` a monotonic clock; both in milliseconds. Rejects if the file cannot be read. */
  static async open(
    config: Config["statistics"],
    log: Logger,
    now?: () => number,
    elapsedMs?: () => number,
  ): Promise<Totals> {
    const totals = new Totals(config, now, elapsedMs);
    const { file, interval, level } = config;
    if (file !== undefined && level !== "off") {
      totals.#saved = await keepSaved({
        aggregator: totals.#aggregator,
        store: fileStore(file),
        intervalMs: interval,
        onError: (error) =>
          log.error(
            { fault: error, file },
            "the statistics could not be saved, retrying at the next interval",
          ),
      });
      const { setAside } = totals.#saved.loaded;
      if (setAside !== undefined) {
        log.error({ setAside }, "the statistics file was damaged; counting starts from zero");
      }
    }
    return totals;
  }

  /** Grows with each reset. */
  get epoch(): number {
    return this.#aggregator.epoch;
  }

  receive(report: Report): ReportAnswer {
    return this.#aggregator.receive(report);
  }

  /** With `top`, only the rows with the most traffic, which is faster. */
  snapshot(top: number = Infinity): Snapshot {
    for (const report of this.#beforeReading) report();
    return this.#aggregator.snapshot(top);
  }

  /** Resolves when the reset is durable. The processes are notified at once. */
  async reset(): Promise<void> {
    const durable = this.#saved?.reset() ?? this.#aggregator.reset();
    const answer = { epoch: this.epoch };
    this.failures.clear();
    for (const notify of this.#onReset) notify(answer);
    await durable;
  }

  /** `notify` passes a reset on to the processes. */
  onReset(notify: (answer: ReportAnswer) => void): void {
    this.#onReset.push(notify);
  }

  /** `report` adds the counts that have not been reported yet, if it can do so synchronously. */
  beforeReading(report: () => void): void {
    this.#beforeReading.push(report);
  }

  async close(): Promise<void> {
    await this.#saved?.close();
  }
}
