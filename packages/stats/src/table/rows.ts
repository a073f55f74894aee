import type { Snapshot } from "../snapshot/snapshot.ts";
import { heaviest } from "./heaviest.ts";
import { type ColumnName, type ColumnsOf, type TableName, tables } from "./tables.ts";

/** The counters of a row, by column name. */
export type Counters<Name extends TableName> = Readonly<Record<ColumnsOf[Name], number>>;

/** A row of a table. */
export interface Row<Name extends TableName> {
  /** One name for each dimension of the table, in the same order. */
  readonly names: readonly string[];
  readonly counters: Counters<Name>;
  /** At most this many more events with these names are in "other". If it is 0, the counters are exact. */
  readonly missed: number;
}

/**
 * The `top` rows with the most events, all by default. Rows with equally many are sorted by name.
 *
 * ```ts
 * for (const { names, counters } of rowsOf(snapshot, "signingByDomain", 10)) {
 *   console.log(names[0], counters.signed);
 * }
 * ```
 */
export function rowsOf<Name extends TableName>(
  snapshot: Snapshot,
  name: Name,
  top: number = Infinity,
): readonly Row<Name>[] {
  const { names, values, missed } = snapshot.tables[name];
  const { columns, dimensions } = tables[name];
  const events = (row: number) => values[row * columns.length] ?? 0;
  return heaviest(values.length / columns.length, top, events)
    .map((row) => ({
      names: names.slice(row * dimensions.length, (row + 1) * dimensions.length),
      counters: toCounters<Name>(columns, values, row * columns.length),
      missed: missed[row] ?? 0,
    }))
    .toSorted(
      (a, b) => eventsOf(b.counters) - eventsOf(a.counters) || compareNames(a.names, b.names),
    );
}

/**
 * The part of the total that `rowsOf` does not return: the folded rows and those below the `top`.
 *
 * ```ts
 * otherOf(snapshot, "signingByDomain", 10).signed; // of all domains but the ten busiest
 * ```
 */
export function otherOf<Name extends TableName>(
  snapshot: Snapshot,
  name: Name,
  top: number = Infinity,
): Counters<Name> {
  return subtractRows<Name>(totalOf(snapshot, name), rowsOf(snapshot, name, top));
}

/** Subtracts the counters of some rows. */
export function subtractRows<Name extends TableName>(
  total: Counters<Name>,
  rows: readonly { readonly counters: Counters<Name> }[],
): Counters<Name> {
  const columns = Object.keys(total) as ColumnsOf[Name][];
  const entries = columns.map((column) => [
    column,
    rows.reduce((left, { counters }) => left - counters[column], total[column]),
  ]);
  return Object.fromEntries(entries) as Counters<Name>;
}

/**
 * The exact sum of all rows and "other".
 *
 * ```ts
 * totalOf(snapshot, "signing").signed;
 * ```
 */
export function totalOf<Name extends TableName>(snapshot: Snapshot, name: Name): Counters<Name> {
  const { columns } = tables[name];
  const { values, other } = snapshot.tables[name];
  const sums = [...other];
  for (const [at, value] of values.entries()) {
    const column = at % columns.length;
    sums[column] = (sums[column] ?? 0) + value;
  }
  return toCounters<Name>(columns, sums, 0);
}

function toCounters<Name extends TableName>(
  columns: readonly ColumnName[],
  values: readonly number[],
  start: number,
): Counters<Name> {
  const entries = columns.map((column, at) => [column, values[start + at] ?? 0]);
  return Object.fromEntries(entries) as Counters<Name>;
}

/** The first column counts the events. */
function eventsOf(counters: Readonly<Record<string, number>>): number {
  return Object.values(counters)[0] ?? 0;
}

/** Compares two rows by the first name that differs. */
export function compareNames(a: readonly string[], b: readonly string[]): number {
  const different = a.findIndex((name, at) => name !== b[at]);
  return (a[different] ?? "") < (b[different] ?? "") ? -1 : 1;
}
