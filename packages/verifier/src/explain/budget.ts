/** How much explaining may cost. */
export interface ExplainLimits {
  /** Hypotheses tested for a message at most. Default 20,000. */
  readonly maxHypotheses?: number;
  /** Milliseconds spent on a message at most. Default 2,000. */
  readonly maxMilliseconds?: number;
  /** A clock in milliseconds. Default: `performance.now`. */
  readonly clock?: () => number;
}

/** A step reads or writes all of a message once. */
const bytesPerMillisecond = 25_000;

/** Counts hypotheses and time, for all signatures of one message together. */
export class Budget {
  readonly #clock: () => number;
  #maxTested: number;
  #end: number;
  #tested = 0;
  #bounded = false;

  /** The time begins now. One step with a long message takes a while: it must end within the bound. */
  constructor(limits: ExplainLimits, messageBytes: number) {
    this.#clock = limits.clock ?? (() => performance.now());
    this.#maxTested = limits.maxHypotheses ?? 20_000;
    const longestStep = messageBytes / bytesPerMillisecond;
    this.#end = this.#clock() + (limits.maxMilliseconds ?? 2000) - longestStep;
  }

  get tested(): number {
    return this.#tested;
  }

  /** Whether a bound was reached, so that something was left untested. */
  get bounded(): boolean {
    return this.#bounded;
  }

  /** Whether there is anything left; to be asked within long work. */
  hasTime(): boolean {
    const left = this.#tested < this.#maxTested && this.#clock() <= this.#end;
    this.#bounded ||= !left;
    return left;
  }

  /** Takes one hypothesis; false when a bound is reached. */
  take(): boolean {
    if (!this.hasTime()) {
      return false;
    }
    this.#tested++;
    return true;
  }

  /** Does some work with a part of what is left, so that the rest remains for other work. */
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
