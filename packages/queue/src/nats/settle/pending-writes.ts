import { QueueError } from "../../errors.ts";
import { SharedRun } from "../shared-run.ts";

const againMs = 250;
const atOnce = 100;

interface Task {
  run(): Promise<void>;
  finished(): void;
  failed(error: unknown): void;
}

/** Writes that the servers have not received yet. Each is repeated until it succeeds, or the queue is closed. */
export class PendingWrites {
  readonly #tasks = new Set<Task>();
  readonly #timer: NodeJS.Timeout;
  readonly #attempting = new SharedRun(() => this.#attemptAll());

  constructor() {
    this.#timer = setInterval(() => void this.attempt(), againMs).unref();
  }

  /**
   * Resolves when the write has succeeded. Rejects if it fails for any reason other than full or unreachable servers, or
   * with "queue-unavailable" if the queue is closed before it succeeds.
   */
  add(run: () => Promise<void>): Promise<void> {
    return new Promise((finished, failed) => {
      this.#tasks.add({ run, finished, failed });
    });
  }

  /** The same for a write that nobody waits for. */
  addUnawaited(run: () => Promise<void>): void {
    this.add(run).catch(() => undefined);
  }

  /** Tries every pending write once. */
  attempt(): Promise<void> {
    return this.#attempting.join();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.attempt();
    const closed = new QueueError(
      "queue-unavailable",
      "the queue was closed before a server recorded the end of the message. The message is delivered again when its lease expires",
    );
    for (const { failed } of this.#tasks) failed(closed);
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
          this.#tasks.delete(task);
          task.failed(error);
          continue;
        }
        this.#tasks.delete(task);
        task.finished();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }
}
