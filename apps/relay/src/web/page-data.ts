import type { FailedMessage } from "@mailseal/service";
import type { Snapshot, TimeColumns } from "@mailseal/stats";
import type { Inventory } from "../statistics/key-inventory.ts";
import type { WorkerState } from "../statistics/worker-watch.ts";

/** All that the overview shows, read at one time. */
export interface PageData {
  /** All listeners are up, and the program is not stopping. */
  readonly isReady: boolean;
  /** A listener of the config puts mail in the queue. */
  readonly usesQueue: boolean;
  /** The statistics of relay and worker together. */
  readonly snapshot: Snapshot;
  readonly minutes: TimeColumns;
  /** The most recent first. */
  readonly failures: readonly (FailedMessage & { readonly id: number })[];
  /** Undefined until the keys have been looked up for the first time. */
  readonly inventory: Inventory | undefined;
  /** Undefined until the worker has been asked for the first time. */
  readonly worker: WorkerState | undefined;
}

/** Rows of a table of the overview: as many as fit a screen. */
export const mostRows = 10;
