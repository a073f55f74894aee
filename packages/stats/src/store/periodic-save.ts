import {
  callback as callbackRule,
  objectWith,
  optionsCheck,
  required,
  wholeNumber,
} from "@mailseal/errors";
import { invalidOption } from "../errors.ts";
import type { Aggregator } from "./aggregator.ts";
import type { StatisticsStore, StoredState } from "./file-store.ts";
import type { ReportAnswer } from "./reporter.ts";

/** The options of `keepSaved`. */
export interface SaveOptions {
  readonly aggregator: Aggregator;
  readonly store: StatisticsStore;
  /** A crash loses the events counted since the last save started. Default 10 seconds. */
  readonly intervalMs?: number;
  /** Called if a save fails; the next try is after the interval. */
  readonly onError?: (error: unknown) => void;
  /** Calls back at an interval until the function it returned is called. Default `setInterval`. */
  readonly every?: (intervalMs: number, callback: () => void) => () => void;
}

const checkOptions = optionsCheck<SaveOptions>(
  "options",
  {
    aggregator: required(objectWith("an Aggregator", "restore")),
    store: required(objectWith("a StatisticsStore, such as fileStore(path)", "save")),
    // A longer timer would fire at once.
    intervalMs: wholeNumber(1, 2 ** 31 - 1, "milliseconds"),
    onError: callbackRule,
    every: callbackRule,
  },
  invalidOption,
);

/** An aggregator whose totals survive a restart. */
export interface SavedStatistics {
  /** What the store had. Report it if damaged content was set aside. */
  readonly loaded: StoredState;
  /** Saves if anything changed since the last time. Rejects if the store does. */
  save(): Promise<void>;
  /** Resets, and resolves when that is durable: no crash brings the old totals back. */
  reset(): Promise<ReportAnswer>;
  /** Saves for the last time. */
  close(): Promise<void>;
}

/**
 * Loads the totals into the aggregator and saves them at each interval. Rejects if they cannot be read, or with a `StatisticsError` "invalid-option".
 *
 * ```ts
 * const saved = await keepSaved({
 *   aggregator,
 *   store: fileStore("/var/lib/mailseal/statistics"),
 *   onError: console.error,
 * });
 * await saved.close();
 * ```
 */
export async function keepSaved(options: SaveOptions): Promise<SavedStatistics> {
  checkOptions(options);
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
  /** Saves one at a time, each with the state at the moment it starts. */
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
  // The timer must not keep the process alive.
  timer.unref();
  return () => clearInterval(timer);
}
