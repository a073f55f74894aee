/** A password that is waiting to be checked. */
interface Waiting {
  /** Lower ranks go first. Read at each turn, because failures in the meantime change it. */
  readonly rank: () => number;
  readonly sinceMs: number;
  readonly start: () => void;
  readonly refuse: () => void;
}

/** Half of libuv's threads, because files and name lookups use them, too. */
const mostRunning = 2;
const mostWaiting = 200;
const longestWaitMs = 10_000;

/**
 * Limits how many password hashes are computed at once, because they are expensive by design. Waiting logins
 * are taken by rank instead of order, so that guesses do not delay others. If too many wait, the one with the
 * highest rank is refused.
 */
export class PasswordChecks {
  readonly #elapsedMs: () => number;
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  /** `elapsedMs` is a monotonic clock. */
  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  /** Waits for a turn and runs `check`. Resolves to its result, or to "busy" if the turn does not come in time. */
  async take<Result>(rank: () => number, check: () => Promise<Result>): Promise<Result | "busy"> {
    if (!(await this.#turn(rank))) return "busy";
    try {
      return await check();
    } finally {
      this.#running--;
      this.#next();
    }
  }

  #turn(rank: () => number): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.add({
        rank,
        sinceMs: this.#elapsedMs(),
        start: () => resolve(true),
        refuse: () => resolve(false),
      });
      this.#next();
      if (this.#waiting.size > mostWaiting) {
        this.#remove(this.#byRank((one, other) => one >= other))?.refuse();
      }
    });
  }

  #next(): void {
    for (const waiting of this.#waiting) {
      if (this.#elapsedMs() - waiting.sinceMs < longestWaitMs) break;
      this.#remove(waiting)?.refuse();
    }
    while (this.#running < mostRunning && this.#waiting.size > 0) {
      this.#running++;
      this.#remove(this.#byRank((one, other) => one < other))?.start();
    }
  }

  #byRank(isBetter: (one: number, other: number) => boolean): Waiting | undefined {
    let best: { readonly waiting: Waiting; readonly rank: number } | undefined;
    for (const waiting of this.#waiting) {
      const rank = waiting.rank();
      if (best === undefined || isBetter(rank, best.rank)) best = { waiting, rank };
    }
    return best?.waiting;
  }

  #remove(waiting: Waiting | undefined): Waiting | undefined {
    if (waiting !== undefined) this.#waiting.delete(waiting);
    return waiting;
  }
}
