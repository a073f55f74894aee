import { availableParallelism } from "node:os";
import {
  callback,
  type OptionRule,
  type OptionRules,
  optionsCheck,
  required,
  wholeNumber,
} from "@mailseal/errors";
import { PoolError } from "./errors.ts";
import { PoolThread, type Task, type ThreadEvents, type ThreadScript } from "./pool-thread.ts";
import { type CarriedError, maxBatch } from "./protocol.ts";

/** The limits of a pool. */
export interface PoolLimits {
  /** Number of worker threads. Default: `availableParallelism()`. */
  readonly threads?: number;
  /** The most tasks that can wait for a thread; `run` rejects more with "pool-full". Default 1024. */
  readonly maxQueued?: number;
  /** The most bytes of waiting messages; the message that exceeds it is still accepted. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
}

/** The options of a `ThreadPool`: its limits, its script, and how values cross. */
export interface ThreadPoolOptions<Carried = unknown, Value = Carried> extends PoolLimits {
  /** The module that calls `serveThread`, or a function that starts a thread with it. */
  readonly script: ThreadScript;
  /** Passed to each thread when it starts; must be cloneable. */
  readonly setup?: unknown;
  /** Answers the questions of a thread. If it rejects, so does the question. Default: answers undefined. */
  readonly answer?: (question: unknown) => Promise<unknown>;
  /** Converts the result of a task to the value of `run`. It must not throw. Default: no conversion. */
  readonly reviveValue?: (carried: Carried) => Value;
  /** Converts an error that a task threw to the one that `run` rejects with. Default: an `Error`. */
  readonly reviveError?: (error: CarriedError) => Error;
}

/**
 * The rules of `PoolLimits`, for a package whose pool has more options.
 *
 * ```ts
 * const checkOptions = optionsCheck<PoolLimits & { readonly keys: KeySource }>(
 *   "options",
 *   { ...poolLimitRules, keys: required(anyObject("a KeySource")) },
 *   fail,
 * );
 * ```
 */
export const poolLimitRules: OptionRules<PoolLimits> = {
  threads: wholeNumber(1),
  maxQueued: wholeNumber(1),
  maxQueuedBytes: wholeNumber(1, Infinity, "bytes"),
};

/**
 * The rule of a `ThreadScript`.
 *
 * ```ts
 * const rules: OptionRules<{ readonly script?: ThreadScript }> = { script: threadScript };
 * ```
 */
export const threadScript: OptionRule = {
  expected: "a URL, or a function that starts a Worker",
  accepts: (it) => it instanceof URL || typeof it === "function",
};

const anything: OptionRule = { expected: "anything", accepts: () => true };

const checkOptions = optionsCheck<ThreadPoolOptions>(
  "options",
  {
    ...poolLimitRules,
    script: required(threadScript),
    setup: anything,
    answer: callback,
    reviveValue: callback,
    reviveError: callback,
  },
  (message) => new PoolError("bad-option", message),
);

/** The most tasks in progress in one thread: enough that it never waits for the pool or for DNS. */
const maxInFlight = 128;

/** The most bytes of these tasks; the task that exceeds it is still sent. A few large messages keep a thread busy. */
const maxInFlightBytes = 8 << 20;

/**
 * A fixed number of worker threads. Tasks start in the order of the calls and can finish in any order. If a
 * thread dies, its tasks fail and a new thread replaces it. A pool without work does not keep the process alive.
 *
 * ```ts
 * const pool = new ThreadPool<Uint8Array, number>({
 *   script: new URL("length-thread.js", import.meta.url),
 *   threads: 2,
 * });
 * await pool.ready();
 * console.log(await pool.run(message));
 * await pool.close();
 * ```
 */
export class ThreadPool<Input, Carried, Value = Carried> {
  readonly #options: ThreadPoolOptions<Carried, Value>;
  readonly #threads: PoolThread[];
  readonly #events: ThreadEvents;
  #queue: Task[] = [];
  /** The index of the first waiting task; those before it have been sent. */
  #head = 0;
  #queuedBytes = 0;
  #dispatchPlanned = false;
  #waiters: (() => void)[] = [];
  #broken: PoolError | undefined;
  #closed: Promise<void> | undefined;

  /** Starts the threads. Throws a `PoolError` "bad-option". */
  constructor(options: ThreadPoolOptions<Carried, Value>) {
    checkOptions(options);
    this.#options = options;
    this.#events = {
      onProgress: () => this.#dispatch(),
      onFailure: (thread, error) => this.#replace(thread, error),
      answer: options.answer ?? (async () => undefined),
      reviveValue: (options.reviveValue ?? ((value) => value)) as (value: unknown) => unknown,
      reviveError: options.reviveError ?? (({ message }) => new Error(message)),
    };
    const count = Math.max(1, Math.floor(options.threads ?? availableParallelism()));
    this.#threads = Array.from({ length: count }, () => this.#newThread());
  }

  /** Number of threads. */
  get threads(): number {
    return this.#threads.length;
  }

  /** Tasks that wait for a thread. */
  get queued(): number {
    return this.#queue.length - this.#head;
  }

  /**
   * Runs one task. `transfer` lists the buffers in `input` that are moved to the thread instead of copied. Rejects
   * with the error of the task, or with a `PoolError`: "pool-full", "pool-closed", "thread-failed".
   */
  run(input: Input, sizeBytes = 0, transfer: readonly ArrayBuffer[] = []): Promise<Value> {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      return Promise.reject(refusal);
    }
    return new Promise<Value>((resolve, reject) => {
      this.#queue.push({ input, sizeBytes, transfer, resolve, reject } as Task);
      this.#queuedBytes += sizeBytes;
      if (!this.#dispatchPlanned) {
        // Tasks that are added in the same turn are sent in one batch.
        this.#dispatchPlanned = true;
        queueMicrotask(() => {
          this.#dispatchPlanned = false;
          this.#dispatch();
        });
      }
    });
  }

  /**
   * Sends a notice to every thread, after the tasks that have been sent to it. A thread that starts later does not
   * get it. It must be cloneable.
   */
  notify(notice: unknown): void {
    for (const thread of this.#threads) thread.notify(notice);
  }

  /** Resolves when the pool accepts another task. Await it if tasks arrive faster than they finish. */
  async ready(): Promise<void> {
    while (this.#closed === undefined && this.#broken === undefined && this.#isFull()) {
      // Another caller may have filled the queue in the meantime.
      await this.#change();
    }
  }

  /** Accepts no more tasks, finishes those it has, and then stops the threads. Resolves when all threads have stopped. */
  close(): Promise<void> {
    this.#closed ??= this.#drainAndClose();
    return this.#closed;
  }

  /** Closes the pool, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #newThread(): PoolThread {
    return new PoolThread(this.#options.script, this.#options.setup, this.#events);
  }

  #isFull(): boolean {
    const { maxQueued = 1024, maxQueuedBytes = 64 << 20 } = this.#options;
    return this.queued >= maxQueued || (this.queued > 0 && this.#queuedBytes >= maxQueuedBytes);
  }

  #refusal(): PoolError | undefined {
    if (this.#closed !== undefined) {
      return new PoolError("pool-closed", "the pool is closed: create a new one to run more tasks");
    }
    if (this.#broken !== undefined) {
      return this.#broken;
    }
    return this.#isFull()
      ? new PoolError(
          "pool-full",
          `${this.queued} tasks of ${this.#queuedBytes} bytes are waiting, which is the limit: await ready() before adding more`,
        )
      : undefined;
  }

  #dispatch(): void {
    while (this.queued > 0) {
      const thread = this.#idlestThread();
      if (thread === undefined) {
        break;
      }
      const room = maxInFlight - thread.inFlight;
      const share = Math.ceil(this.queued / this.#threads.length);
      const count = Math.min(maxBatch, room, share);
      thread.start(this.#takeTasks(count, maxInFlightBytes - thread.inFlightBytes));
    }
    if (!this.#isFull()) {
      this.#wake();
    }
  }

  /** The thread with the fewest tasks among those that accept another one. */
  #idlestThread(): PoolThread | undefined {
    let idlest: PoolThread | undefined;
    for (const thread of this.#threads) {
      const hasRoom = thread.inFlight < maxInFlight && thread.inFlightBytes < maxInFlightBytes;
      if (hasRoom && (idlest === undefined || thread.inFlight < idlest.inFlight)) {
        idlest = thread;
      }
    }
    return idlest;
  }

  /** The next tasks, up to the one that reaches `bytes`. */
  #takeTasks(count: number, bytes: number): readonly Task[] {
    const end = Math.min(this.#queue.length, this.#head + count);
    const tasks: Task[] = [];
    for (let taken = 0; this.#head < end && taken < bytes; this.#head++) {
      const task = this.#queue[this.#head] as Task;
      tasks.push(task);
      taken += task.sizeBytes;
      this.#queuedBytes -= task.sizeBytes;
    }
    if (this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return tasks;
  }

  /** Resolves when tasks have started or finished. */
  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) {
      wake();
    }
  }

  /** Replaces a thread that died. One that never finished a task would fail again, so the pool is broken for good. */
  #replace(thread: PoolThread, error: PoolError): void {
    const index = this.#threads.indexOf(thread);
    if (thread.served && index >= 0) {
      this.#threads[index] = this.#newThread();
      this.#dispatch();
      return;
    }
    this.#broken = error;
    for (const task of this.#takeTasks(this.queued, Infinity)) {
      task.reject(error);
    }
    this.#wake();
  }

  async #drainAndClose(): Promise<void> {
    this.#wake();
    while (this.queued > 0 || this.#threads.some(({ inFlight }) => inFlight > 0)) {
      await this.#change();
    }
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
