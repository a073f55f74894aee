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

  /** Resolves with the first `ring` since `count` was read, after `durationMs`, or when `signal` aborts. */
  wait(count: number, durationMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#count !== count || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, durationMs);
      this.#sleepers.add(wake);
      signal?.addEventListener("abort", wake);
    });
  }
}
