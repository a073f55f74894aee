/** Limits on the cost of explaining one message. */
export interface ExplainLimits {
  /** The most hypotheses tested for a message. Default 20,000. */
  readonly maxHypotheses?: number;
  /** The most milliseconds spent on a message. Default 2,000. */
  readonly maxMilliseconds?: number;
  /** A clock in milliseconds. Default: `performance.now`. */
  readonly clock?: () => number;
}

/** The speed at which one step reads or writes a whole message. */
const bytesPerMillisecond = 25_000;

/** Counts the hypotheses and the time used for all signatures of one message. */
export class Budget {
  readonly #clock: () => number;
  #maxTested: number;
  #end: number;
  #tested = 0;
  #bounded = false;

  /** The time starts now. The longest step with this message must still end within the limit. */
  constructor(limits: ExplainLimits, messageBytes: number) {
    this.#clock = limits.clock ?? (() => performance.now());
    this.#maxTested = limits.maxHypotheses ?? 20_000;
    const longestStep = messageBytes / bytesPerMillisecond;
    this.#end = this.#clock() + (limits.maxMilliseconds ?? 2000) - longestStep;
  }

  get tested(): number {
    return this.#tested;
  }

  /** Whether a limit was reached, so that some hypotheses were not tested. */
  get bounded(): boolean {
    return this.#bounded;
  }

  /** Whether any budget is left. Call it repeatedly during long work. */
  hasTime(): boolean {
    const left = this.#tested < this.#maxTested && this.#clock() <= this.#end;
    this.#bounded ||= !left;
    return left;
  }

  /** Uses up one hypothesis; false if a limit is reached. */
  take(): boolean {
    if (!this.hasTime()) {
      return false;
    }
    this.#tested++;
    return true;
  }

  /** Does some work with a part of the remaining budget, and keeps the rest for other work. */
  share<Result>(part: number, work: () => Result): Result {
    const [maxTested, end, now] = [this.#maxTested, this.#end, this.#clock()];
    this.#maxTested = this.#tested + Math.floor((maxTested - this.#tested) * part);
    this.#end = now + Math.max(0, end - now) * part;
    try {
      return work();
    } finally {
      this.#maxTested = maxTested;
      this.#end = end;
    }
  }
}
