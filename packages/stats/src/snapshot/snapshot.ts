import type { TableSnapshot } from "../table/bounded-table.ts";
import type { TableName } from "../table/tables.ts";
import type { HistogramSnapshot } from "./histogram.ts";

/** What is timed: signing, verifying, asking for a key, a message from end to end, a delivery attempt. */
export const histogramNames = [
  "signing",
  "verification",
  "keyLookup",
  "message",
  "delivery",
] as const;
export type HistogramName = (typeof histogramNames)[number];

/** What a queue was like when it was last looked at. */
export interface QueueReading {
  readonly queue: string;
  /** Messages in it. */
  readonly depth: number;
  /** Age of the oldest of them; 0 for an empty queue. */
  readonly oldestAgeMs: number;
  /** Dead letters; absent where nobody told. */
  readonly dead?: number;
  /** Messages that went missing from it, at most; absent where nobody told. */
  readonly missing?: number;
  /** Unix time of the reading. */
  readonly atMs: number;
}

/**
 * Everything that was counted, as JSON; read it with `rowsOf`, `totalOf` and `Histogram.from`. It may
 * stand for one process or many, for all time since the reset or for a second (then it is a delta).
 */
export interface Snapshot {
  /** Another number means another format; tables and histograms may be added without one. */
  readonly version: 1;
  /** Unix time from which on events are counted. */
  readonly sinceMs: number;
  /** Unix time of the snapshot. */
  readonly takenAtMs: number;
  readonly tables: { readonly [Name in TableName]: TableSnapshot };
  readonly histograms: { readonly [Name in HistogramName]: HistogramSnapshot };
  readonly queues: readonly QueueReading[];
}
