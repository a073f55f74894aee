import { maxTimerMs } from "./checked-options.ts";

/** Wakes takes that wait when there may be a message for them. */
export class WakeUp {
  readonly #sleepers = new Set<() => void>();
  #count = 0;

  /** Changes with every `ring`. Read it before you look for messages, and pass it to `wait`. */
  get count(): number {
    return this.#count;
  }

  ring(): void {
    this.#count += 1;
    for (const wake of this.#sleepers) wake();
  }

  /**
   * Resolves with the first `ring` since `count` was read, when `signal` aborts, or after `durationMs`, which may be
   * shortened to the longest duration of a timer.
   */
  wait(count: number, durationMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#count !== count || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(durationMs, maxTimerMs));
      this.#sleepers.add(wake);
      signal?.addEventListener("abort", wake);
    });
  }
}
