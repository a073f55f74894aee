import { QueueError } from "../../errors.ts";

const againMs = 250;
const atOnce = 100;

/** What could not be told to the servers yet: it is told again until it is. */
export class PendingWrites {
  readonly #tasks = new Set<{ run(): Promise<void>; finished(): void }>();
  readonly #timer: NodeJS.Timeout;
  #trying: Promise<void> | undefined;

  constructor() {
    this.#timer = setInterval(() => void this.attempt(), againMs).unref();
  }

  /** Resolves when it has succeeded, or failed for another reason than that the servers do not answer. */
  add(run: () => Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#tasks.add({ run, finished: resolve });
    });
  }

  /** Tries everything once. */
  attempt(): Promise<void> {
    this.#trying ??= this.#attemptAll().finally(() => {
      this.#trying = undefined;
    });
    return this.#trying;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.attempt();
    for (const { finished } of this.#tasks) finished();
    this.#tasks.clear();
  }

  async #attemptAll(): Promise<void> {
    const waiting = [...this.#tasks].values();
    const work = async (): Promise<void> => {
      for (const task of waiting) {
        try {
          await task.run();
        } catch (error) {
          if (error instanceof QueueError && error.temporary) {
            // The others would hardly fare better now; next time they are asked first.
            this.#tasks.delete(task);
            this.#tasks.add(task);
            return;
          }
        }
        this.#tasks.delete(task);
        task.finished();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }
}
