import { QueueError } from "../errors.ts";
import { machineElapsedMs, QueueClock } from "./queue-clock.ts";
import type { StoreOptions } from "./thread/protocol.ts";
import type { ThreadLimits } from "./thread/writer-thread.ts";

export interface EmbeddedQueueOptions {
  /** The database; `-wal` and `-shm` files appear beside it. On a local disk, never on a network's. */
  readonly file: string;
  /** How long a message is held where `extend` is not called. Default: 60,000. */
  readonly leaseMs?: number;
  /** How long de-duplication ids are remembered at least; at most twice as long. Default: 120,000. */
  readonly dedupWindowMs?: number;
  /** Free bytes of the disk below which `add` rejects with "queue-full". Default: 64 MiB. */
  readonly minFreeBytes?: number;
  /**
   * The same for messages that settle others (`settles`): they may use the rest of what `minFreeBytes`
   * keeps. Default: three quarters of `minFreeBytes`.
   */
  readonly minFreeSettlingBytes?: number;
  /** Of the database file. Default: no limit but the disk's. */
  readonly maxBytes?: number;
  /** Of bodies that are on their way to the disk; beyond, `add` rejects with "queue-unavailable". Default: 64 MiB. */
  readonly maxPendingBytes?: number;
  /** How long to wait for other processes that write. Default: 10,000. */
  readonly busyTimeoutMs?: number;
  /** How often a take that waits looks for what other processes added. Default: 100. */
  readonly pollMs?: number;
  /** How often vacuuming and forgetting of ids are done. Default: 5,000. */
  readonly maintenanceMs?: number;
  /** A file up to this size is checked whole when it is opened. Default: 64 MiB. */
  readonly fullCheckBytes?: number;
  /**
   * Told, when the queue is opened, what is wrong with the file although it can be used, a line each: mail that is
   * missing from it, or cannot be read. Default: nobody is told.
   */
  readonly onProblem?: (problem: string) => void;
  /** Milliseconds since 1970, for times that are told and given. Default: `Date.now`. */
  readonly clock?: () => number;
  /** Milliseconds of a clock that nobody sets, for what is measured. Default: the machine's monotonic clock. */
  readonly elapsedMs?: () => number;
}

export interface CheckedOptions {
  readonly store: StoreOptions;
  readonly thread: ThreadLimits;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly maintenanceMs: number;
}

const mebibyte = 1024 * 1024;

/** Fills in defaults. Throws "bad-option". */
export function checkOptions(options: EmbeddedQueueOptions): CheckedOptions {
  if (options.file === "") {
    throw new QueueError("bad-option", 'file must be a path, got ""');
  }
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === "number" && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new QueueError("bad-option", `${name} must be a whole number from 0, got ${value}`);
    }
  }
  const { leaseMs = 60_000, pollMs = 100, maintenanceMs = 5000 } = options;
  const clock = new QueueClock(options.clock ?? Date.now, options.elapsedMs ?? machineElapsedMs);
  const minFreeBytes = options.minFreeBytes ?? 64 * mebibyte;
  return {
    store: {
      file: options.file,
      dedupWindowMs: options.dedupWindowMs ?? 120_000,
      busyTimeoutMs: options.busyTimeoutMs ?? 10_000,
      minFreeBytes,
      minFreeSettlingBytes: Math.min(
        minFreeBytes,
        options.minFreeSettlingBytes ?? Math.floor(minFreeBytes * 0.75),
      ),
      maxBytes: options.maxBytes,
      fullCheckBytes: options.fullCheckBytes ?? 64 * mebibyte,
    },
    thread: { maxPendingBytes: options.maxPendingBytes ?? 64 * mebibyte, clock },
    leaseMs,
    pollMs,
    maintenanceMs,
  };
}
