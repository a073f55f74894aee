import { printableName } from "@mailseal/errors";
import { StatisticsError } from "../errors.ts";
import type { TableSnapshot } from "../table/bounded-table.ts";
import { type TableName, tableNames, tables } from "../table/tables.ts";
import { type HistogramSnapshot, isBucket } from "./histogram.ts";
import {
  type HistogramName,
  histogramNames,
  type QueueReading,
  type Snapshot,
} from "./snapshot.ts";

/**
 * Checks a value from `JSON.parse`, read from a file or sent by another process, and returns it as a
 * snapshot. Tables and histograms that an older Mailseal did not write are empty.
 *
 * ```ts
 * const snapshot = parseSnapshot(JSON.parse(await readFile("statistics.json", "utf8")));
 * ```
 *
 * @throws StatisticsError "invalid-snapshot".
 */
export function parseSnapshot(value: unknown): Snapshot {
  const parts = asObject(value, "a snapshot");
  if (parts["version"] !== 1) {
    throw invalid("version 1 of a snapshot", parts["version"]);
  }
  const tableParts = asObject(parts["tables"], "tables");
  const histogramParts = asObject(parts["histograms"], "histograms");
  return {
    version: 1,
    sinceMs: asCount(parts["sinceMs"], "sinceMs"),
    takenAtMs: asCount(parts["takenAtMs"], "takenAtMs"),
    tables: Object.fromEntries(
      tableNames.map((name) => [name, asTable(tableParts[name], name)]),
    ) as Record<TableName, TableSnapshot>,
    histograms: Object.fromEntries(
      histogramNames.map((name) => [name, asHistogram(histogramParts[name], name)]),
    ) as Record<HistogramName, HistogramSnapshot>,
    queues: asArray(parts["queues"], "queues").map(asReading),
  };
}

function asTable(value: unknown, name: TableName): TableSnapshot {
  const { dimensions, columns } = tables[name];
  if (value === undefined) {
    return { names: [], values: [], missed: [], other: columns.map(() => 0), floor: 0 };
  }
  const parts = asObject(value, name);
  const names = asArray(parts["names"], name).map((part) => printableName(asText(part, name)));
  const written = asCounts(parts["other"], name);
  const values = widened(asCounts(parts["values"], name), written.length, columns.length);
  const missed = asCounts(parts["missed"], name);
  const other = widened(written, written.length, columns.length);
  const rows = values.length / columns.length;
  const fits =
    Number.isInteger(rows) &&
    names.length === rows * dimensions.length &&
    (missed.length === 0 || missed.length === rows) &&
    other.length === columns.length;
  if (!fits) throw invalid(`rows of ${columns.length} counters in ${name}`, values.length);
  return { names, values, missed, other, floor: asCount(parts["floor"], name) };
}

/** Adds zeros to the rows of an earlier version for the columns that it did not have. */
function widened(values: readonly number[], from: number, to: number): readonly number[] {
  if (from === 0 || from >= to || values.length % from !== 0) return values;
  const missing = Array.from({ length: to - from }, () => 0);
  const rows = Array.from({ length: values.length / from }, (_, row) =>
    values.slice(row * from, (row + 1) * from),
  );
  return rows.flatMap((row) => row.concat(missing));
}

function asHistogram(value: unknown, name: HistogramName): HistogramSnapshot {
  if (value === undefined) return { buckets: [], sumNs: 0 };
  const parts = asObject(value, name);
  const buckets = asCounts(parts["buckets"], name);
  const fits =
    buckets.length % 2 === 0 && buckets.every((part, at) => at % 2 === 1 || isBucket(part));
  if (!fits) throw invalid(`pairs of bucket and count in ${name}`, buckets.length);
  return { buckets, sumNs: asCount(parts["sumNs"], name) };
}

function asReading(value: unknown): QueueReading {
  const parts = asObject(value, "a queue reading");
  const { dead, missing } = parts;
  return {
    queue: printableName(asText(parts["queue"], "queue")),
    depth: asCount(parts["depth"], "depth"),
    oldestAgeMs: asCount(parts["oldestAgeMs"], "oldestAgeMs"),
    ...(dead === undefined ? {} : { dead: asCount(dead, "dead") }),
    ...(missing === undefined ? {} : { missing: asCount(missing, "missing") }),
    atMs: asCount(parts["atMs"], "atMs"),
  };
}

/** @throws StatisticsError "invalid-snapshot". */
export function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw invalid(`an object as ${what}`, value);
}

/** @throws StatisticsError "invalid-snapshot". */
export function asArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(`an array as ${what}`, value);
}

/** @throws StatisticsError "invalid-snapshot". */
export function asText(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw invalid(`text in ${what}`, value);
}

/** @throws StatisticsError "invalid-snapshot". */
export function asCount(value: unknown, what: string): number {
  if (typeof value === "number" && value >= 0 && value < Infinity) return value;
  throw invalid(`a number from 0 on in ${what}`, value);
}

function asCounts(value: unknown, what: string): readonly number[] {
  return asArray(value, what).map((part) => asCount(part, what));
}

function invalid(expected: string, got: unknown): StatisticsError {
  const shown = typeof got === "number" ? String(got) : typeof got;
  return new StatisticsError(
    "invalid-snapshot",
    `expected ${expected}, got ${shown}; take the snapshot again`,
  );
}
