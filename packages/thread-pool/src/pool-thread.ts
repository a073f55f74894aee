import { Worker, type WorkerOptions } from "node:worker_threads";
import { PoolError } from "./errors.ts";
import { type CarriedError, carryError, type FromThread, type ToThread } from "./protocol.ts";

/** A task that has not finished. */
export interface Task {
  readonly input: unknown;
  readonly sizeBytes: number;
  readonly transfer: readonly ArrayBuffer[];
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * The module that calls `serveThread`, or a function that starts a thread with it: for a program in one file,
 * and for bundlers that only find the module in a `new Worker` call. Pass the options on.
 */
export type ThreadScript = URL | ((options: WorkerOptions) => Worker);

export interface ThreadEvents {
  /** Tasks have finished, so the thread accepts more. */
  onProgress(): void;
  /** The thread died without being closed; its tasks have failed. */
  onFailure(thread: PoolThread, error: PoolError): void;
  answer(question: unknown): Promise<unknown>;
  reviveValue(value: unknown): unknown;
  reviveError(error: CarriedError): Error;
}

/** One worker thread and its tasks in progress. */
export class PoolThread {
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  readonly #tasks = new Map<number, Task>();
  readonly #exited: Promise<unknown>;
  #nextId = 0;
  #inFlightBytes = 0;
  #closing = false;
  #served = false;

  constructor(script: ThreadScript, setup: unknown, events: ThreadEvents) {
    this.#events = events;
    const options: WorkerOptions = { workerData: setup };
    this.#worker = typeof script === "function" ? script(options) : new Worker(script, options);
    // An unused pool must not keep the program alive.
    this.#worker.unref();
    this.#exited = new Promise((resolve) => this.#worker.once("exit", resolve));
    this.#worker.on("message", (message: FromThread) => this.#take(message));
    this.#worker.once("error", (cause) => this.#end(cause));
    this.#worker.once("exit", () => this.#end(undefined));
  }

  get inFlight(): number {
    return this.#tasks.size;
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Whether it ever completed a task. */
  get served(): boolean {
    return this.#served;
  }

  start(tasks: readonly Task[]): void {
    const firstId = this.#nextId;
    const inputs: unknown[] = [];
    const transfers: ArrayBuffer[] = [];
    for (const task of tasks) {
      this.#tasks.set(this.#nextId++, task);
      this.#inFlightBytes += task.sizeBytes;
      inputs.push(task.input);
      transfers.push(...task.transfer);
    }
    this.#worker.ref();
    try {
      this.#post({ kind: "tasks", firstId, inputs }, transfers);
    } catch (error) {
      // One of the inputs cannot be cloned.
      for (const [index, task] of tasks.entries()) {
        this.#finish(firstId + index);
        task.reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  notify(notice: unknown): void {
    if (!this.#closing) this.#post({ kind: "notice", notice });
  }

  /** Resolves when the thread has stopped. Call it when no task is in progress. */
  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#worker.ref();
      this.#post({ kind: "close" });
    }
    await this.#exited;
  }

  #post(message: ToThread, transfers: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfers);
  }

  #take(message: FromThread): void {
    const events = this.#events;
    switch (message.kind) {
      case "values":
        for (const [index, id] of message.ids.entries()) {
          this.#finish(id)?.resolve(events.reviveValue(message.values[index]));
        }
        break;
      case "error":
        this.#finish(message.id)?.reject(events.reviveError(message.error));
        break;
      case "question":
        void this.#answer(message.id, message.question);
        return;
    }
    this.#served = true;
    if (this.#tasks.size === 0 && !this.#closing) {
      this.#worker.unref();
    }
    events.onProgress();
  }

  async #answer(id: number, question: unknown): Promise<void> {
    try {
      this.#post({ kind: "answer", id, answer: await this.#events.answer(question) });
    } catch (error) {
      // There is no answer, or it cannot be cloned.
      this.#post({ kind: "refusal", id, error: carryError(error) });
    }
  }

  #finish(id: number): Task | undefined {
    const task = this.#tasks.get(id);
    this.#tasks.delete(id);
    this.#inFlightBytes -= task?.sizeBytes ?? 0;
    return task;
  }

  #end(cause: unknown): void {
    if (this.#closing) {
      return;
    }
    this.#closing = true;
    const error = new PoolError("thread-failed", this.#failureText(cause), { cause });
    for (const task of this.#tasks.values()) {
      task.reject(error);
    }
    this.#tasks.clear();
    this.#events.onFailure(this, error);
  }

  #failureText(cause: unknown): string {
    const reason = cause instanceof Error ? `: ${cause.message}` : "";
    if (this.#served)
      return `a thread of the pool died${reason}: its tasks failed and can be run again`;
    return isMissingModule(cause)
      ? `a thread of the pool could not start${reason}: if the program is bundled, bundle the module of the thread too and pass its script to the pool`
      : `a thread of the pool could not start${reason}`;
  }
}

function isMissingModule(cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
}
