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
 * Runs the thread that has the file open. SQLite is synchronous, so that a commit on the main thread would block
 * everything else. If the thread dies, the next operation starts it again.
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

  /** The prefix of this file's message ids; empty until the file has been opened. */
  get tag(): string {
    return this.#tag;
  }

  /** Problems with the file that did not prevent opening it. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Rejects with a `QueueError` if the file cannot be opened, or the thread cannot start. */
  async open(): Promise<void> {
    await this.#started();
  }

  run<Asked extends Operation>(operation: Asked): Promise<ResultOf<Asked>> {
    const sizeBytes = bytesOf(operation);
    if (sizeBytes > 0 && this.#pendingBytes + sizeBytes > this.#limits.maxPendingBytes) {
      return Promise.reject(
        new QueueError(
          "queue-unavailable",
          `more than ${this.#limits.maxPendingBytes} bytes are waiting to be written: mail arrives faster than the disk can store it. Try again later, or raise maxPendingBytes`,
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
      // Operations requested in the same turn of the event loop are sent in one message.
      setImmediate(() => {
        this.#sendPlanned = false;
        void this.#send();
      });
    });
  }

  /** Completes the operations already requested, then ends the thread. */
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
      for (const { id } of requests)
        this.#settle(id, (waiting) => waiting.reject(asError(error, "starting")));
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
      // Silences the warning about node:sqlite: the parts of it used here are stable.
      execArgv: [...threadFlags(process.execArgv), "--disable-warning=ExperimentalWarning"],
    });
    return new Promise((resolve, reject) => {
      let state: "starting" | "running" | "ended" = "starting";
      const ended = (cause: unknown): void => {
        // A thread that has reported its failure exits later, when its successor may be running.
        if (state === "ended") return;
        const error = asError(cause, state);
        state = "ended";
        this.#worker = undefined;
        reject(error);
        this.#failAll(error);
      };
      worker.on("message", (message: FromThread) => {
        if (message.kind === "opened") {
          this.#tag = message.tag;
          this.#problems = message.problems;
          clock.start(message.anchor);
          worker.unref();
          state = "running";
          resolve(worker);
        } else if (message.kind === "not-opened") {
          ended(revive(message.failure));
        } else {
          this.#take(message, worker);
        }
      });
      worker.once("error", ended);
      worker.once("exit", () => ended(new Error("it exited unexpectedly")));
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
    // An idle queue must not keep the program alive; a queue that is closing must, until it has closed.
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

/** The script is beside the bundle in a build, and two folders up in the source. */
function threadScript(here: string): string {
  const extension = extname(here);
  return extension === ".ts" ? "../../writer-thread-main.ts" : "./writer-thread-main.js";
}

function revive({ code, message }: Failure): QueueError {
  return new QueueError(code, message);
}

function asError(cause: unknown, state: "starting" | "running"): QueueError {
  if (cause instanceof QueueError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message =
    state === "starting"
      ? `cannot start the queue's thread: ${reason}. If a file or package is missing, install the program again`
      : `the queue's thread has stopped: ${reason}. The next call starts it again`;
  return new QueueError("queue-unavailable", message, { cause });
}

const withValue = /^(?:--import|--require|-r|--(?:experimental-)?loader|--conditions|-C)$/;
const ofModules =
  /^--(?:import|require|(?:experimental-)?loader|conditions)=|^--(?:no-)?experimental-|^--(?:disable-warning=|no-warnings|enable-source-maps|preserve-symlinks)/;

/**
 * Picks the flags of the process that control how modules are loaded: a thread needs them too. V8 flags and flags for
 * the whole process, such as `--max-old-space-size`, apply to threads anyway, and a thread does not start if it is
 * given one.
 */
export function threadFlags(flags: readonly string[]): readonly string[] {
  return flags.filter(
    (flag, index) =>
      withValue.test(flag) || withValue.test(flags[index - 1] ?? "") || ofModules.test(flag),
  );
}
