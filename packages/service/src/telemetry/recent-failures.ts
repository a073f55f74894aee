import type { FailedMessage } from "./failed-message.ts";

const usualLimit = 20;

/** The last failed messages, the latest first; bounded in number, and each of them in size. */
export class RecentFailures {
  readonly #limit: number;
  #kept: readonly (FailedMessage & { readonly id: number })[] = [];
  #nextId = 1;

  constructor(limit: number = usualLimit) {
    this.#limit = limit;
  }

  add(failure: FailedMessage): void {
    this.#kept = [{ ...failure, id: this.#nextId++ }, ...this.#kept].slice(0, this.#limit);
  }

  get all(): readonly (FailedMessage & { readonly id: number })[] {
    return this.#kept;
  }

  find(id: number): FailedMessage | undefined {
    return this.#kept.find((it) => it.id === id);
  }

  clear(): void {
    this.#kept = [];
  }
}
