import { QueueError } from "../../errors.ts";

const againMs = 250;
const atOnce = 100;

/** Writes that the servers have not received yet. Each is repeated until it succeeds. */
export class PendingWrites {
  readonly #tasks = new Set<{ run(): Promise<void>; finished(): void }>();
  readonly #timer: NodeJS.Timeout;
  #trying: Promise<void> | undefined;

  constructor() {
    this.#timer = setInterval(() => void this.attempt(), againMs).unref();
  }

  /** Resolves when the write has succeeded, or has failed for any reason other than unreachable servers. */
  add(run: () => Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#tasks.add({ run, finished: resolve });
    });
  }

  /** Tries every pending write once. */
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
            // The others would probably fail too; the next round tries them first.
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
