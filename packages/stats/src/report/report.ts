import { Histogram, type HistogramSnapshot } from "../snapshot/histogram.ts";
import {
  type HistogramName,
  histogramNames,
  type QueueReading,
  type Snapshot,
} from "../snapshot/snapshot.ts";
import { type Counters, otherOf, type Row, rowsOf, totalOf } from "../table/rows.ts";
import { type TableName, tableNames, tables } from "../table/tables.ts";

/** A snapshot for people, and for programs that do not import this package. */
export interface StatisticsReport {
  readonly sinceMs: number;
  readonly takenAtMs: number;
  readonly tables: Readonly<Record<TableName, TableReport>>;
  readonly times: Readonly<Record<HistogramName, Times>>;
  readonly queues: readonly QueueReading[];
}

/** One table of a report. */
export interface TableReport {
  /** The total of all rows and of "other". */
  readonly total: Counters<TableName>;
  /** The sum of the folded rows and of the rows below the top. */
  readonly other: Counters<TableName>;
  /** The dimension of each name in a row. */
  readonly dimensions: readonly string[];
  readonly rows: readonly Row<TableName>[];
}

/** Quantiles are absent if nothing was recorded. */
export interface Times {
  readonly count: number;
  readonly sumNs: number;
  readonly p50Ns?: number;
  readonly p90Ns?: number;
  readonly p99Ns?: number;
}

/**
 * With `top`, each table has at most that many rows: those with the most events.
 *
 * ```ts
 * const { tables, times } = reportOf(statistics.snapshot(), 10);
 * console.log(tables.signing.total, times.signing.p99Ns);
 * ```
 */
export function reportOf(snapshot: Snapshot, top: number = Infinity): StatisticsReport {
  const { sinceMs, takenAtMs, queues, histograms } = snapshot;
  return {
    sinceMs,
    takenAtMs,
    tables: Object.fromEntries(
      tableNames.map((name) => [name, tableReport(snapshot, name, top)]),
    ) as Record<TableName, TableReport>,
    times: Object.fromEntries(
      histogramNames.map((name) => [name, timesOf(histograms[name])]),
    ) as Record<HistogramName, Times>,
    queues,
  };
}

function tableReport(snapshot: Snapshot, name: TableName, top: number): TableReport {
  const { dimensions } = tables[name];
  return {
    total: totalOf(snapshot, name),
    other: otherOf(snapshot, name, top),
    dimensions,
    rows: rowsOf(snapshot, name, top),
  };
}

function timesOf(snapshot: HistogramSnapshot): Times {
  const histogram = Histogram.from(snapshot);
  const { count, sumNs } = histogram;
  const [p50Ns, p90Ns, p99Ns] = [0.5, 0.9, 0.99].map((q) => histogram.quantileNs(q));
  if (p50Ns === undefined || p90Ns === undefined || p99Ns === undefined) return { count, sumNs };
  return { count, sumNs, p50Ns, p90Ns, p99Ns };
}
