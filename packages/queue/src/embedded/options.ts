import { callback, optionsCheck, required, wholeNumber } from "@mailseal/errors";
import { checkNumbers } from "../checked-options.ts";
import { badOption } from "../errors.ts";
import { machineElapsedMs, QueueClock } from "./queue-clock.ts";
import type { StoreOptions } from "./thread/protocol.ts";
import type { ThreadLimits } from "./thread/writer-thread.ts";

/** The options of `openQueue`. */
export interface EmbeddedQueueOptions {
  /** The database file, on a local disk, never on a network file system. SQLite keeps `-wal` and `-shm` files beside it. */
  readonly file: string;
  /** How long a lease lasts unless `extend` is called. Default: 60,000. */
  readonly leaseMs?: number;
  /** The minimum time that de-duplication ids are remembered; the maximum is twice as long. Default: 120,000. */
  readonly dedupWindowMs?: number;
  /** Free bytes on the disk below which `add` rejects with "queue-full". Default: 64 MiB. */
  readonly minFreeBytes?: number;
  /**
   * The same limit for messages that settle others (`settles`): they may use part of the space that `minFreeBytes`
   * keeps free. Default: three quarters of `minFreeBytes`.
   */
  readonly minFreeSettlingBytes?: number;
  /** The maximum size of the database file. Default: limited only by the disk. */
  readonly maxBytes?: number;
  /** The maximum size of all bodies waiting to be written; above it, `add` rejects with "queue-unavailable". Default: 64 MiB. */
  readonly maxPendingBytes?: number;
  /** How long to wait while another process is writing. Default: 10,000. */
  readonly busyTimeoutMs?: number;
  /** How often a waiting take checks for messages that other processes have added. Default: 100. */
  readonly pollMs?: number;
  /** How often the file is vacuumed and old de-duplication ids are removed. Default: 5,000. */
  readonly maintenanceMs?: number;
  /** The size up to which a file is checked whole when it is opened; of a larger file, only the schedule is. Default: 64 MiB. */
  readonly fullCheckBytes?: number;
  /**
   * Called when the queue is opened, once for each problem with a file that can still be used, such as mail that is
   * missing or cannot be read. `problem` is one line. Default: problems are not reported.
   */
  readonly onProblem?: (problem: string) => void;
  /** The clock for times passed in and returned, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** The monotonic clock for durations, in milliseconds. Default: the clock of the machine. */
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

const milliseconds = wholeNumber(0, Infinity, "milliseconds");
const size = wholeNumber(0, Infinity, "bytes");

const checkGiven = optionsCheck<EmbeddedQueueOptions>(
  "options",
  {
    file: required({
      expected: "the path of a file",
      accepts: (it) => typeof it === "string" && it !== "",
    }),
    leaseMs: milliseconds,
    dedupWindowMs: milliseconds,
    minFreeBytes: size,
    minFreeSettlingBytes: size,
    maxBytes: size,
    maxPendingBytes: size,
    busyTimeoutMs: milliseconds,
    pollMs: milliseconds,
    maintenanceMs: milliseconds,
    fullCheckBytes: size,
    onProblem: callback,
    clock: callback,
    elapsedMs: callback,
  },
  badOption,
);

/** Fills in the defaults. Throws "bad-option". */
export function checkOptions(options: EmbeddedQueueOptions): CheckedOptions {
  checkGiven(options);
  checkNumbers(options, 0);
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
