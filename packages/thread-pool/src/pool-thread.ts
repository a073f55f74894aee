import { Worker } from "node:worker_threads";
import { PoolError } from "./pool-error.ts";
import type { FromThread, Outcome, ToThread } from "./protocol.ts";

/** A task that was taken on and has not ended. */
export interface Task {
  readonly input: unknown;
  readonly sizeBytes: number;
  readonly transfer: readonly ArrayBuffer[];
  settle(outcome: Outcome): void;
  fail(error: Error): void;
}

export interface ThreadEvents {
  /** Tasks have ended: there is room for more. */
  onProgress(): void;
  /** The thread is no more, though nobody closed it; its tasks have failed. */
  onFailure(thread: PoolThread, error: PoolError): void;
  answer(question: unknown): Promise<unknown>;
}

/** One worker thread and the tasks it has in hand. */
export class PoolThread {
  readonly #worker: Worker;
  readonly #tasks = new Map<number, Task>();
  readonly #exited: Promise<unknown>;
  #nextId = 0;
  #closing = false;
  #served = false;

  constructor(script: URL, setup: unknown, events: ThreadEvents) {
    this.#worker = new Worker(script, { workerData: setup });
    // A pool that is not used must not keep the program alive.
    this.#worker.unref();
    this.#exited = new Promise((resolve) => this.#worker.once("exit", resolve));
    this.#worker.on("message", (message: FromThread) => this.#take(message, events));
    this.#worker.once("error", (cause) => this.#end(events, cause));
    this.#worker.once("exit", () => this.#end(events, undefined));
  }

  get inFlight(): number {
    return this.#tasks.size;
  }

  /** Whether it ever completed a task. */
  get served(): boolean {
    return this.#served;
  }

  start(tasks: readonly Task[]): void {
    const numbered = tasks.map((task) => {
      const id = this.#nextId++;
      this.#tasks.set(id, task);
      return { id, input: task.input };
    });
    this.#worker.ref();
    try {
      this.#post(
        { kind: "tasks", tasks: numbered },
        tasks.flatMap(({ transfer }) => transfer),
      );
    } catch (error) {
      // Something among them cannot be cloned.
      for (const [index, task] of tasks.entries()) {
        this.#tasks.delete(numbered[index]?.id ?? -1);
        task.fail(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** Resolves when the thread has ended; to be called when it has no task in hand. */
  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#worker.ref();
      this.#post({ kind: "close" }, []);
    }
    await this.#exited;
  }

  #post(message: ToThread, transfer: readonly ArrayBuffer[]): void {
    this.#worker.postMessage(message, transfer);
  }

  #take(message: FromThread, events: ThreadEvents): void {
    if (message.kind === "question") {
      const { id, question } = message;
      void events.answer(question).then((answer) => this.#post({ kind: "answer", id, answer }, []));
      return;
    }
    this.#served = true;
    for (const outcome of message.outcomes) {
      const task = this.#tasks.get(outcome.id);
      this.#tasks.delete(outcome.id);
      task?.settle(outcome);
    }
    if (this.#tasks.size === 0 && !this.#closing) {
      this.#worker.unref();
    }
    events.onProgress();
  }

  #end(events: ThreadEvents, cause: unknown): void {
    if (this.#closing) {
      return;
    }
    this.#closing = true;
    const reason = cause instanceof Error ? `: ${cause.message}` : "";
    const error = new PoolError(
      "thread-failed",
      `a thread of the pool ended unexpectedly${reason}; what it had in hand may be given again`,
      { cause },
    );
    for (const task of this.#tasks.values()) {
      task.fail(error);
    }
    this.#tasks.clear();
    events.onFailure(this, error);
  }
}
