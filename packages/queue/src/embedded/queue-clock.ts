import { readFileSync } from "node:fs";
import { MonotonicClock } from "../monotonic-clock.ts";

/**
 * Times in the file are those of a clock that starts at the wall clock's time and follows the machine's monotonic clock,
 * so that nobody can set it: leases, retry delays and ages keep their length whatever happens to the wall clock. All
 * processes that have the file open share it, because they share the machine's monotonic clock until the next boot.
 * Across boots it follows the wall clock, but never goes back.
 */

/** Both clocks, read at the same moment. */
export interface ClockReading {
  /** Identifies the boot from which the monotonic clock counts; "" if the system does not report it. */
  readonly bootId: string;
  readonly elapsedMs: number;
  readonly wallMs: number;
}

/** The state of the file's clock, stored in the file. */
export interface Anchor {
  readonly bootId: string;
  /** The file's clock showed `queueMs` when the monotonic one showed `elapsedMs`. */
  readonly elapsedMs: number;
  readonly queueMs: number;
  /** When last recorded: how far the wall clock was ahead of the file's clock, and the time of the latter. */
  readonly aheadMs: number;
  readonly lastMs: number;
}

/** The anchor for this boot. `kept` is the anchor in the file, from this boot or an earlier one. */
export function anchorFor(
  kept: Anchor | undefined,
  { bootId, elapsedMs, wallMs }: ClockReading,
): Anchor {
  if (kept === undefined) {
    return { bootId, elapsedMs, queueMs: wallMs, aheadMs: 0, lastMs: wallMs };
  }
  if (kept.bootId === bootId && elapsedMs >= kept.elapsedMs) return kept;
  // A wall clock that is earlier than before the boot was set back, or its battery has failed.
  const queueMs = Math.max(kept.lastMs, wallMs - kept.aheadMs);
  return { bootId, elapsedMs, queueMs, aheadMs: wallMs - queueMs, lastMs: queueMs };
}

/** The clock of one file in one process. */
export class QueueClock extends MonotonicClock {
  read(): ClockReading {
    return { bootId: bootOfMachine(), elapsedMs: this.elapsedMs, wallMs: Math.round(this.wallMs) };
  }

  start({ elapsedMs, queueMs, aheadMs }: Anchor): void {
    this.startAt(queueMs - elapsedMs, aheadMs);
  }
}

let known: string | undefined;

function bootOfMachine(): string {
  try {
    known ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    known = "";
  }
  return known;
}

/** The machine's monotonic clock in milliseconds. All processes share it until the next boot. */
export function machineElapsedMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
