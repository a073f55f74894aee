/** A smaller difference between two clocks comes from slewing, or from reading them a moment apart. */
export const stepMs = 1000;

/**
 * A clock that runs at the rate of the monotonic clock, so that nobody can set it. It knows how far the wall clock is
 * ahead of it, to convert the times that callers pass in and get back.
 */
export class MonotonicClock {
  readonly #wall: () => number;
  readonly #elapsed: () => number;
  #startMs: number;
  #aheadMs = 0;

  /** Until `startAt`, it shows the time of the wall clock. */
  constructor(wall: () => number, elapsed: () => number) {
    this.#wall = wall;
    this.#elapsed = elapsed;
    this.#startMs = wall() - elapsed();
  }

  get wallMs(): number {
    return this.#wall();
  }

  get elapsedMs(): number {
    return this.#elapsed();
  }

  /** The time that it shows when the monotonic clock shows 0. */
  get startMs(): number {
    return this.#startMs;
  }

  startAt(startMs: number, aheadMs: number = this.#aheadMs): void {
    this.#startMs = startMs;
    this.#aheadMs = aheadMs;
  }

  /** The time in whole milliseconds. */
  now(): number {
    return Math.round(this.#startMs + this.#elapsed());
  }

  /** How many milliseconds the wall clock is ahead. It changes only when the wall clock is set. */
  ahead(): number {
    const aheadMs = Math.round(this.#wall()) - this.now();
    if (Math.abs(aheadMs - this.#aheadMs) >= stepMs) this.#aheadMs = aheadMs;
    return this.#aheadMs;
  }
}
