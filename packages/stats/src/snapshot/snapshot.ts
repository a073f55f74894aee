import type { TableSnapshot } from "../table/bounded-table.ts";
import type { TableName } from "../table/tables.ts";
import type { HistogramSnapshot } from "./histogram.ts";

/** The operations that are timed: signing, verifying, a key lookup, a whole message, a delivery attempt. */
export const histogramNames = [
  "signing",
  "verification",
  "keyLookup",
  "message",
  "delivery",
] as const;
/** The name of a histogram in a snapshot. */
export type HistogramName = (typeof histogramNames)[number];

/** The state of a queue when it was last read. */
export interface QueueReading {
  readonly queue: string;
  /** The number of messages in it. */
  readonly depth: number;
  /** The age of the oldest message; 0 for an empty queue. */
  readonly oldestAgeMs: number;
  /** The number of dead letters; absent if it is unknown. */
  readonly dead?: number;
  /** Upper bound of the messages missing from it; absent if it is unknown. */
  readonly missing?: number;
  /** Unix time of the reading. */
  readonly atMs: number;
}

/**
 * All counters as JSON; read them with `rowsOf`, `totalOf` and `Histogram.from`. A snapshot covers one
 * process or many, and either all time since the reset or a short interval (then it is a delta).
 */
export interface Snapshot {
  /** A new number means an incompatible format. Tables and histograms may be added without one. */
  readonly version: 1;
  /** The Unix time at which counting started. */
  readonly sinceMs: number;
  /** The Unix time at which the snapshot was taken. */
  readonly takenAtMs: number;
  readonly tables: { readonly [Name in TableName]: TableSnapshot };
  readonly histograms: { readonly [Name in HistogramName]: HistogramSnapshot };
  readonly queues: readonly QueueReading[];
}
