import { availableParallelism } from "node:os";
import { PoolError } from "./errors.ts";
import { PoolThread, type Task, type ThreadEvents } from "./pool-thread.ts";
import { type CarriedError, maxBatch } from "./protocol.ts";

/** How much a pool takes on. */
export interface PoolLimits {
  /** Default: as many as the process may run at once. */
  readonly threads?: number;
  /** Tasks that may wait for a thread; `run` refuses more. Default 1024. */
  readonly maxQueued?: number;
  /** Bytes of the messages that may wait; the one that passes it is still taken. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
}

export interface ThreadPoolOptions<Carried = unknown, Value = Carried> extends PoolLimits {
  /** The module that calls `serveThread`. */
  readonly script: URL;
  /** Given to each thread once; must be cloneable. */
  readonly setup?: unknown;
  /** Answers what a thread asks. Must not reject. Default: undefined. */
  readonly answer?: (question: unknown) => Promise<unknown>;
  /** Makes what `run` resolves to from what a task gave. Must not throw. Default: the same. */
  readonly reviveValue?: (carried: Carried) => Value;
  /** Makes the error that `run` rejects with from one that a task threw. Default: an `Error`. */
  readonly reviveError?: (error: CarriedError) => Error;
}

/** Tasks that a thread has in hand at most: enough that it never waits for the pool, or for DNS. */
const maxInFlight = 128;

/** Their bytes at most; the task that passes it is still taken. Large messages need no stock. */
const maxInFlightBytes = 8 << 20;

/**
 * A fixed number of worker threads. Tasks begin in the order given, and end in any. A thread that dies
 * fails the tasks it had in hand and is replaced. A pool without work does not keep the process alive.
 */
export class ThreadPool<Input, Carried, Value = Carried> {
  readonly #options: ThreadPoolOptions<Carried, Value>;
  readonly #threads: PoolThread[];
  readonly #events: ThreadEvents;
  #queue: Task[] = [];
  /** Where the queue begins; what is before has been taken. */
  #head = 0;
  #queuedBytes = 0;
  #dispatchPlanned = false;
  #waiters: (() => void)[] = [];
  #broken: PoolError | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: ThreadPoolOptions<Carried, Value>) {
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

  /** How many threads it has. */
  get threads(): number {
    return this.#threads.length;
  }

  /** Tasks that wait for a thread. */
  get queued(): number {
    return this.#queue.length - this.#head;
  }

  /**
   * Runs one task. `transfer`: the buffers in `input` that the thread takes without a copy. Rejects with
   * what the task threw, or with a `PoolError`: "pool-full", "pool-closed", "thread-failed".
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
        // What is given in one turn travels together.
        this.#dispatchPlanned = true;
        queueMicrotask(() => {
          this.#dispatchPlanned = false;
          this.#dispatch();
        });
      }
    });
  }

  /** Resolves when the pool would take another task: what to await where tasks come faster than they end. */
  async ready(): Promise<void> {
    while (this.#closed === undefined && this.#broken === undefined && this.#isFull()) {
      // Others may have taken the room in the meantime.
      await this.#change();
    }
  }

  /** Takes no more tasks, ends those it has, then the threads. Resolves when all have ended. */
  close(): Promise<void> {
    this.#closed ??= this.#drainAndClose();
    return this.#closed;
  }

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
      return new PoolError("pool-closed", "expected an open pool, got one that was closed");
    }
    if (this.#broken !== undefined) {
      return this.#broken;
    }
    return this.#isFull()
      ? new PoolError(
          "pool-full",
          `${this.queued} tasks of ${this.#queuedBytes} bytes wait already: await ready() before giving more`,
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

  /** Of those that would take another task. */
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

  /** Resolves when tasks have begun or ended. */
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

  /** A thread that never served will not serve when it is started again: then the pool is broken. */
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
