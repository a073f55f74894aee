import type { Aggregator } from "./aggregator.ts";
import type { StatisticsStore, StoredState } from "./file-store.ts";
import type { ReportAnswer } from "./reporter.ts";

export interface SaveOptions {
  readonly aggregator: Aggregator;
  readonly store: StatisticsStore;
  /** A crash loses what was counted since the last save began; by default 10 seconds. */
  readonly intervalMs?: number;
  /** A save failed; it is tried again after the interval. */
  readonly onError?: (error: unknown) => void;
  /** Calls back again and again, until what it returned is called; by default `setInterval`. */
  readonly every?: (intervalMs: number, callback: () => void) => () => void;
}

/** An aggregator whose totals outlive the process. */
export interface SavedStatistics {
  /** What the store gave; say it where something was set aside. */
  readonly loaded: StoredState;
  /** Saves what changed since the last time. Rejects where the store does. */
  save(): Promise<void>;
  /** Resets, and resolves when that is durable: no crash brings the old totals back. */
  reset(): Promise<ReportAnswer>;
  /** Saves for the last time. */
  close(): Promise<void>;
}

/** Loads the totals into the aggregator, then saves them at each interval. Rejects where they cannot be read. */
export async function keepSaved(options: SaveOptions): Promise<SavedStatistics> {
  const { aggregator, store, intervalMs = 10_000, onError, every = everyInterval } = options;
  const loaded = await store.load();
  if (loaded.state !== undefined) aggregator.restore(loaded.state);
  let savedRevision = aggregator.revision;
  let last: Promise<void> = Promise.resolve();

  async function saveChanges(): Promise<void> {
    const { revision } = aggregator;
    if (revision === savedRevision) return;
    await store.save(aggregator.state());
    savedRevision = revision;
  }
  /** One after the other, each with the state of when its turn comes. */
  function save(): Promise<void> {
    const saving = last.then(saveChanges);
    last = saving.catch(() => {});
    return saving;
  }

  const stop = every(intervalMs, () => {
    save().catch((error: unknown) => onError?.(error));
  });
  return {
    loaded,
    save,
    async reset() {
      const answer = aggregator.reset();
      await save();
      return answer;
    },
    async close() {
      stop();
      await save();
    },
  };
}

function everyInterval(intervalMs: number, callback: () => void): () => void {
  const timer = setInterval(callback, intervalMs);
  // Counting keeps no process alive.
  timer.unref();
  return () => clearInterval(timer);
}
