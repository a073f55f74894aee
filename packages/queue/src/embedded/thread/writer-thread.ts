import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { QueueError } from "../../errors.ts";
import type { QueueClock } from "../queue-clock.ts";
import { bytesOf, packRequests } from "./bytes-pack.ts";
import type {
  Failure,
  FromThread,
  Operation,
  Request,
  ResultOf,
  StoreOptions,
  ThreadStart,
  ToThread,
} from "./protocol.ts";

interface Waiting {
  readonly sizeBytes: number;
  resolve(value: unknown): void;
  reject(error: QueueError): void;
}

export interface ThreadLimits {
  readonly maxPendingBytes: number;
  readonly clock: QueueClock;
}

/**
 * The thread that has the file open. SQLite is synchronous: a commit would stop everything else. A thread
 * that dies is started again with the next operation.
 */
export class WriterThread {
  readonly #store: StoreOptions;
  readonly #limits: ThreadLimits;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Promise<Worker> | undefined;
  #unsent: Request[] = [];
  #sendPlanned = false;
  #isClosing = false;
  #nextId = 0;
  #pendingBytes = 0;
  #tag = "";
  #problems: readonly string[] = [];

  constructor(store: StoreOptions, limits: ThreadLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  /** What ids of this file begin with; known once it was opened. */
  get tag(): string {
    return this.#tag;
  }

  /** What is wrong with the file although it was opened. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Rejects with what is wrong with the file. */
  async open(): Promise<void> {
    await this.#started();
  }

  run<Asked extends Operation>(operation: Asked): Promise<ResultOf<Asked>> {
    const sizeBytes = bytesOf(operation);
    if (sizeBytes > 0 && this.#pendingBytes + sizeBytes > this.#limits.maxPendingBytes) {
      return Promise.reject(
        new QueueError(
          "queue-unavailable",
          `more than ${this.#limits.maxPendingBytes} bytes wait for the disk, which is slower than the mail that arrives; try again later, or raise maxPendingBytes`,
        ),
      );
    }
    this.#pendingBytes += sizeBytes;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        sizeBytes,
        resolve: (value) => resolve(value as ResultOf<Asked>),
        reject,
      });
      this.#unsent.push({ id, operation });
      if (this.#sendPlanned) return;
      this.#sendPlanned = true;
      // What is asked for before the loop comes round travels together.
      setImmediate(() => {
        this.#sendPlanned = false;
        void this.#send();
      });
    });
  }

  /** Does what was asked for, then ends the thread. */
  async close(): Promise<void> {
    await this.#send();
    const worker = await this.#worker?.catch(() => undefined);
    if (worker === undefined) return;
    this.#isClosing = true;
    worker.ref();
    const exited = new Promise((resolve) => worker.once("exit", resolve));
    post(worker, { kind: "close" }, []);
    await exited;
  }

  async #send(): Promise<void> {
    const requests = this.#unsent;
    this.#unsent = [];
    if (requests.length === 0) return;
    let worker: Worker;
    try {
      worker = await this.#started();
    } catch (error) {
      for (const { id } of requests) this.#settle(id, (waiting) => waiting.reject(asError(error)));
      return;
    }
    worker.ref();
    const { value, transfer } = packRequests(requests);
    const message: ToThread = {
      kind: "requests",
      nowMs: this.#limits.clock.now(),
      requests: value,
    };
    post(worker, message, transfer);
  }

  #started(): Promise<Worker> {
    this.#worker ??= this.#start();
    return this.#worker;
  }

  #start(): Promise<Worker> {
    const script = new URL(threadScript(import.meta.url), import.meta.url);
    const { clock } = this.#limits;
    const start: ThreadStart = { store: this.#store, clock: clock.read() };
    const worker = new Worker(script, {
      workerData: start,
      // Of node:sqlite, whose parts that are used here are stable.
      execArgv: [...threadFlags(process.execArgv), "--disable-warning=ExperimentalWarning"],
    });
    return new Promise((resolve, reject) => {
      const ended = (cause: unknown): void => {
        this.#worker = undefined;
        const error = asError(cause);
        reject(error);
        this.#failAll(error);
      };
      worker.on("message", (message: FromThread) => {
        if (message.kind === "opened") {
          this.#tag = message.tag;
          this.#problems = message.problems;
          clock.start(message.anchor);
          worker.unref();
          resolve(worker);
        } else if (message.kind === "not-opened") {
          ended(revive(message.failure));
        } else {
          this.#take(message, worker);
        }
      });
      worker.once("error", ended);
      worker.once("exit", () => ended(new Error("the thread ended")));
    });
  }

  #take({ answers }: FromThread & { readonly kind: "answers" }, worker: Worker): void {
    for (const answer of answers) {
      this.#settle(answer.id, (waiting) =>
        "failure" in answer
          ? waiting.reject(revive(answer.failure))
          : waiting.resolve(answer.value),
      );
    }
    // A queue that nobody uses must not keep the program alive; one that is being closed must, until it is.
    if (this.#waiting.size === 0 && !this.#isClosing) worker.unref();
  }

  #settle(id: number, how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    this.#pendingBytes -= waiting.sizeBytes;
    how(waiting);
  }

  #failAll(error: QueueError): void {
    const unsent = new Set(this.#unsent.map(({ id }) => id));
    for (const id of this.#waiting.keys()) {
      if (!unsent.has(id)) this.#settle(id, (waiting) => waiting.reject(error));
    }
  }
}

function post(worker: Worker, message: ToThread, transfer: readonly ArrayBuffer[]): void {
  worker.postMessage(message, transfer);
}

/** Beside the package's one file where it is built, two folders up where it is not. */
function threadScript(here: string): string {
  const extension = extname(here);
  return extension === ".ts" ? "../../writer-thread-main.ts" : "./writer-thread-main.js";
}

function revive({ code, message }: Failure): QueueError {
  return new QueueError(code, message);
}

function asError(cause: unknown): QueueError {
  if (cause instanceof QueueError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new QueueError(
    "queue-unavailable",
    `the thread of the queue has stopped: ${reason}. The next call starts it again`,
    { cause },
  );
}

const withValue = /^(?:--import|--require|-r|--(?:experimental-)?loader|--conditions|-C)$/;
const ofModules =
  /^--(?:import|require|(?:experimental-)?loader|conditions)=|^--(?:no-)?experimental-|^--(?:disable-warning=|no-warnings|enable-source-maps|preserve-symlinks)/;

/**
 * The flags of the process that a thread needs too: those that say how modules are loaded. Flags of V8 and of the
 * process as a whole, such as `--max-old-space-size`, apply to threads anyway, and a thread that is given one of them
 * does not start.
 */
export function threadFlags(flags: readonly string[]): readonly string[] {
  return flags.filter(
    (flag, index) =>
      withValue.test(flag) || withValue.test(flags[index - 1] ?? "") || ofModules.test(flag),
  );
}
