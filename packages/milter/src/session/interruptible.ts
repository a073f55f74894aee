import type { Timers } from "../options.ts";

/** Why a wait ended before its promise settled. */
export type Interruption = "timeout" | "gone" | "stopped" | "destroyed";

export type Waited<Value> =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: Interruption };

/**
 * One wait at a time, which other events may interrupt. (`Promise.race` with a promise that lives as long as the
 * session would keep every wait in memory until the session ends.)
 */
export class Interruptible {
  readonly #timers: Timers;
  #interrupt: ((by: Interruption) => void) | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Waits for a promise, for at most `limitMs` or until one of `until` happens. Never rejects. */
  wait<Value>(
    promise: Promise<Value>,
    limitMs: number,
    until: readonly Interruption[],
  ): Promise<Waited<Value>> {
    return new Promise((resolve) => {
      const settle = (waited: Waited<Value>): void => {
        if (this.#interrupt === interrupt) this.#interrupt = undefined;
        cancel();
        resolve(waited);
      };
      const interrupt = (by: Interruption): void => {
        if (until.includes(by)) settle({ kind: by });
      };
      const cancel = this.#timers.after(limitMs, () => settle({ kind: "timeout" }));
      this.#interrupt = interrupt;
      promise.then(
        (value) => settle({ kind: "value", value }),
        (error: unknown) => settle({ kind: "error", error }),
      );
    });
  }

  interrupt(by: Interruption): void {
    this.#interrupt?.(by);
  }
}
