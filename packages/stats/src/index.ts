/**
 * Counts signing and verification by domain and binding, with latencies, in bounded memory; counters can be
 * merged and saved.
 *
 * ```ts
 * import { createStatistics, signingStatsText } from "@mailseal/stats";
 *
 * const statistics = createStatistics();
 * statistics.recordSigning({
 *   scope: { domain: "example.com", binding: "outbound" },
 *   outcome: "signed",
 *   durationNs: 120_000,
 *   signatures: [{ algorithm: "rsa-sha256", keyBits: 2048 }],
 * });
 * console.log(signingStatsText(statistics.snapshot()));
 * ```
 *
 * With several processes, use a `Reporter` in each, an `Aggregator` in one of them, and `keepSaved` with a
 * `fileStore` to keep the totals. Metrics are in `@mailseal/stats/prometheus`. This package does not log,
 * listen, or carry the reports between processes.
 */
export { Aggregator, type AggregatorOptions, type AggregatorState } from "./store/aggregator.ts";
export type { TableSnapshot } from "./table/bounded-table.ts";
export type {
  DeliveryEvent,
  KeyLookupEvent,
  MessageEvent,
  SignatureMade,
  SigningEvent,
  SigningScope,
  VerificationEvent,
} from "./events.ts";
export { fileStore, type StatisticsStore, type StoredState } from "./store/file-store.ts";
export { Histogram, type HistogramSnapshot } from "./snapshot/histogram.ts";
export type { LimitOptions } from "./table/limits.ts";
export { mergeSnapshots } from "./snapshot/tally.ts";
export { parseSnapshot } from "./snapshot/parse-snapshot.ts";
export { keepSaved, type SavedStatistics, type SaveOptions } from "./store/periodic-save.ts";
/** @deprecated Import it from `@mailseal/syntax`: this re-export goes with the next release. */
export { printableName } from "@mailseal/errors";
export { reportOf, type StatisticsReport, type TableReport, type Times } from "./report/report.ts";
export {
  type Report,
  type ReportAnswer,
  Reporter,
  type ReporterOptions,
} from "./store/reporter.ts";
export { type Counters, otherOf, type Row, rowsOf, totalOf } from "./table/rows.ts";
export { resetAnswer, signingStatsText, type TextOptions } from "./report/signing-text.ts";
export type { HistogramName, QueueReading, Snapshot } from "./snapshot/snapshot.ts";
export { StatisticsError, type StatisticsErrorCode } from "./errors.ts";
export { createStatistics, type Statistics, type StatisticsOptions } from "./statistics.ts";
export type { ColumnsOf, TableName } from "./table/tables.ts";
export {
  type CountSeries,
  type LatencySeries,
  mergeColumns,
  type TimeColumns,
  TimeSeries,
} from "./snapshot/time-series.ts";
export { verificationText } from "./report/verification-text.ts";
