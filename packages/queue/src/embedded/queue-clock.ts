import { readFileSync } from "node:fs";

/**
 * Times in the file are those of a clock that goes on with the monotonic clock of the machine, so that nobody
 * sets it: a lease, a retry and an age are as long as they were meant to be, whatever becomes of the wall clock.
 * It began with the wall clock's time. All processes that have the file open share it, because they share the
 * machine's monotonic clock until the next boot; from boot to boot it follows the wall clock, but never goes back.
 */

/** Both clocks, read at one moment. */
export interface ClockReading {
  /** Which boot the monotonic clock counts from; "" where the system does not tell. */
  readonly bootId: string;
  readonly elapsedMs: number;
  readonly wallMs: number;
}

/** What the file keeps of its clock. */
export interface Anchor {
  readonly bootId: string;
  /** The file's clock showed `queueMs` when the monotonic one showed `elapsedMs`. */
  readonly elapsedMs: number;
  readonly queueMs: number;
  /** By how much the wall clock was ahead of the file's, and what the latter showed, when that was noted last. */
  readonly aheadMs: number;
  readonly lastMs: number;
}

/** Less than this is the wall clock being slewed, or the two clocks not being read at one moment. */
export const stepMs = 1000;

/** The anchor for this boot. `kept` is what the file has, of this boot or of one before it. */
export function anchorFor(
  kept: Anchor | undefined,
  { bootId, elapsedMs, wallMs }: ClockReading,
): Anchor {
  if (kept === undefined) {
    return { bootId, elapsedMs, queueMs: wallMs, aheadMs: 0, lastMs: wallMs };
  }
  if (kept.bootId === bootId && elapsedMs >= kept.elapsedMs) return kept;
  // A wall clock that came up earlier than it was has been set back, or has lost its battery.
  const queueMs = Math.max(kept.lastMs, wallMs - kept.aheadMs);
  return { bootId, elapsedMs, queueMs, aheadMs: wallMs - queueMs, lastMs: queueMs };
}

/** The clock of one file, as one process reads it. Until `start` it shows the wall clock's time. */
export class QueueClock {
  readonly #wall: () => number;
  readonly #elapsed: () => number;
  #startMs: number;
  #aheadMs = 0;

  constructor(wall: () => number, elapsed: () => number) {
    this.#wall = wall;
    this.#elapsed = elapsed;
    this.#startMs = wall() - elapsed();
  }

  read(): ClockReading {
    return { bootId: bootOfMachine(), elapsedMs: this.#elapsed(), wallMs: this.#wall() };
  }

  start({ elapsedMs, queueMs, aheadMs }: Anchor): void {
    this.#startMs = queueMs - elapsedMs;
    this.#aheadMs = aheadMs;
  }

  /** The file's clock, whole milliseconds. */
  now(): number {
    return Math.round(this.#startMs + this.#elapsed());
  }

  /** By how much the wall clock is ahead: it changes when somebody sets that. */
  ahead(): number {
    const aheadMs = this.#wall() - this.now();
    if (Math.abs(aheadMs - this.#aheadMs) >= stepMs) this.#aheadMs = aheadMs;
    return this.#aheadMs;
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

/** Milliseconds of the machine's monotonic clock, which all processes of a boot share. */
export function machineElapsedMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
