const hourMs = 3_600_000;
const mostSenders = 10_000;

/** How often each sender was answered within an hour. Bounded: with too many senders, none is answered. */
export class SenderRate {
  readonly #perHour: number;
  readonly #elapsedMs: () => number;
  readonly #counts = new Map<string, number>();
  #hourStartMs: number;

  /** `elapsedMs` is a monotonic clock. */
  constructor(perHour: number, elapsedMs: () => number) {
    this.#perHour = perHour;
    this.#elapsedMs = elapsedMs;
    this.#hourStartMs = elapsedMs();
  }

  /** Counts one more where it is allowed. */
  allows(sender: string): boolean {
    const now = this.#elapsedMs();
    if (now - this.#hourStartMs >= hourMs) {
      this.#hourStartMs = now;
      this.#counts.clear();
    }
    const key = sender.toLowerCase();
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#perHour || (count === 0 && this.#counts.size >= mostSenders)) {
      return false;
    }
    this.#counts.set(key, count + 1);
    return true;
  }
}
