import { printableName } from "@mailseal/errors";
import { BoundedTable } from "../table/bounded-table.ts";
import { type Limits, unlimited } from "../table/limits.ts";
import { isDomain, limitNameOf, type TableName, tableNames, tables } from "../table/tables.ts";
import { Histogram } from "./histogram.ts";
import {
  type HistogramName,
  histogramNames,
  type QueueReading,
  type Snapshot,
} from "./snapshot.ts";

/** The most queues with a reading; a worker has one or two. */
const MAX_QUEUES = 256;

/** The counters themselves: events are recorded into them, they are merged, and snapshots are taken of them. */
export class Tally {
  readonly tables: Readonly<Record<TableName, BoundedTable>>;
  readonly histograms: Readonly<Record<HistogramName, Histogram>>;
  readonly #queues = new Map<string, QueueReading>();

  constructor(limits: Limits) {
    this.tables = byName(tableNames, (name) => {
      const { dimensions, columns } = tables[name];
      const limit = limits[limitNameOf(name)];
      return new BoundedTable(dimensions.map(isDomain), columns.length, limit);
    });
    this.histograms = byName(histogramNames, () => new Histogram());
  }

  /** Keeps the later reading, and the larger of two at the same time, so that their order does not matter. */
  putQueue(reading: QueueReading): void {
    const queue = printableName(reading.queue);
    const known = this.#queues.get(queue);
    if (known !== undefined ? isLater(reading, known) : this.#queues.size < MAX_QUEUES) {
      this.#queues.set(queue, { ...reading, queue });
    }
  }

  merge(snapshot: Snapshot): void {
    for (const name of tableNames) this.tables[name].merge(snapshot.tables[name]);
    for (const name of histogramNames) this.histograms[name].merge(snapshot.histograms[name]);
    for (const reading of snapshot.queues) this.putQueue(reading);
  }

  snapshot(sinceMs: number, takenAtMs: number, top: number = Infinity): Snapshot {
    return {
      version: 1,
      sinceMs,
      takenAtMs,
      tables: byName(tableNames, (name) =>
        // There are few codes and reasons, so that none is left out.
        this.tables[name].snapshot(limitNameOf(name) === "labels" ? Infinity : top),
      ),
      histograms: byName(histogramNames, (name) => this.histograms[name].snapshot()),
      queues: [...this.#queues.values()].toSorted((a, b) => (a.queue < b.queue ? -1 : 1)),
    };
  }

  clear(): void {
    for (const name of tableNames) this.tables[name].clear();
    for (const name of histogramNames) this.histograms[name].clear();
    this.#queues.clear();
  }
}

function isLater(reading: QueueReading, known: QueueReading): boolean {
  const order =
    reading.atMs - known.atMs ||
    reading.depth - known.depth ||
    reading.oldestAgeMs - known.oldestAgeMs ||
    (reading.dead ?? 0) - (known.dead ?? 0) ||
    (reading.missing ?? 0) - (known.missing ?? 0);
  return order > 0;
}

function byName<Name extends string, Value>(
  names: readonly Name[],
  make: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Value>;
}

/**
 * Merges the snapshots of several processes or machines. Nothing is lost: the result has every row that any
 * of them has. The order of merging changes only the order of the rows. Without arguments it is an empty
 * snapshot that starts at 0.
 *
 * ```ts
 * const all = mergeSnapshots(relay.snapshot(), worker.snapshot());
 * ```
 */
export function mergeSnapshots(...snapshots: readonly Snapshot[]): Snapshot {
  const tally = new Tally(unlimited);
  for (const snapshot of snapshots) tally.merge(snapshot);
  const [first, ...rest] = snapshots;
  return tally.snapshot(
    rest.reduce((since, { sinceMs }) => Math.min(since, sinceMs), first?.sinceMs ?? 0),
    rest.reduce((taken, { takenAtMs }) => Math.max(taken, takenAtMs), first?.takenAtMs ?? 0),
  );
}
