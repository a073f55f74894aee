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
        onError: (error) => log.error({ fault: error, file }, "statistics not saved"),
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

  /** With `top` only the rows with the most traffic, which is quicker. */
  snapshot(top: number = Infinity): Snapshot {
    for (const report of this.#beforeReading) report();
    return this.#aggregator.snapshot(top);
  }

  /** Resolves when the reset is durable; the processes hear of it at once. */
  async reset(): Promise<void> {
    const durable = this.#saved?.reset() ?? this.#aggregator.reset();
    const answer = { epoch: this.epoch };
    this.failures.clear();
    for (const tell of this.#onReset) tell(answer);
    await durable;
  }

  /** `tell` passes a reset on to the processes. */
  onReset(tell: (answer: ReportAnswer) => void): void {
    this.#onReset.push(tell);
  }

  /** `report` adds counts that are not reported yet, if that can be done at once. */
  beforeReading(report: () => void): void {
    this.#beforeReading.push(report);
  }

  async close(): Promise<void> {
    await this.#saved?.close();
  }
}
