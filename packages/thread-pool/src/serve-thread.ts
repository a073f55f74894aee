import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { carryError, type FromThread, maxBatch, type ToThread } from "./protocol.ts";

/** The result of a task, and the buffers in it that are moved to the pool instead of copied. */
export interface TaskResult<Value> {
  readonly value: Value;
  readonly transfer?: readonly ArrayBuffer[];
}

/**
 * Asks the thread that owns the pool. Resolves to the value of `ThreadPoolOptions.answer`, or rejects with an `Error`
 * that has the message, name and code of the one that it rejected with.
 */
export type Answer = (question: unknown) => Promise<unknown>;

/** A question that waits for its answer. */
interface Question {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Sets the function that receives the notices of `ThreadPool.notify`. Without one they are dropped. */
export type OnNotice = (listener: (notice: unknown) => void) => void;

/**
 * Makes this thread serve its pool. `prepare` is called once, with the `setup` of the pool, and returns the
 * function that runs one task. If a task throws, the pool's `run` rejects with that error. Throws a `TypeError`
 * outside a worker thread.
 *
 * ```ts
 * // length-thread.ts
 * serveThread(({ limit }: { readonly limit: number }) => (message: Uint8Array) => ({
 *   value: Math.min(message.length, limit),
 * }));
 * ```
 */
export function serveThread<Setup, Input, Value>(
  prepare: (
    setup: Setup,
    ask: Answer,
    onNotice: OnNotice,
  ) => (input: Input) => TaskResult<Value> | Promise<TaskResult<Value>>,
): void {
  const port = parentPort;
  if (port === null) {
    throw new TypeError(
      "serveThread runs only in a worker thread of a pool: pass this module as script to ThreadPool",
    );
  }
  const post = (message: FromThread, transfers: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, transfers);

  const asked = new Map<number, Question>();
  let questions = 0;
  const ask: Answer = (question) => {
    const id = questions++;
    post({ kind: "question", id, question });
    return new Promise((resolve, reject) => asked.set(id, { resolve, reject }));
  };
  let takeNotice: ((notice: unknown) => void) | undefined;
  const work = prepare(workerData as Setup, ask, (listener) => {
    takeNotice = listener;
  });

  let ids: number[] = [];
  let values: Value[] = [];
  let transfers: ArrayBuffer[] = [];
  let flushPlanned = false;
  const flush = (): void => {
    if (ids.length > 0) {
      post({ kind: "values", ids, values }, transfers);
      ids = [];
      values = [];
      transfers = [];
    }
  };
  const succeed = (id: number, { value, transfer }: TaskResult<Value>): void => {
    ids.push(id);
    values.push(value);
    if (transfer !== undefined) {
      transfers.push(...transfer);
    }
    if (ids.length >= maxBatch) {
      // The pool can send more while this thread keeps working.
      flush();
    } else if (!flushPlanned) {
      // Results of the same turn of the event loop are sent in one message.
      flushPlanned = true;
      setImmediate(() => {
        flushPlanned = false;
        flush();
      });
    }
  };
  const fail = (id: number, error: unknown): void =>
    post({ kind: "error", id, error: carryError(error) });

  port.on("message", (message: ToThread) => {
    switch (message.kind) {
      case "tasks":
        for (const [index, input] of message.inputs.entries()) {
          const id = message.firstId + index;
          try {
            const result = work(input as Input);
            if (result instanceof Promise) {
              result.then(
                (value) => succeed(id, value),
                (error: unknown) => fail(id, error),
              );
            } else {
              succeed(id, result);
            }
          } catch (error) {
            fail(id, error);
          }
        }
        break;
      case "answer":
        asked.get(message.id)?.resolve(message.answer);
        asked.delete(message.id);
        break;
      case "refusal":
        asked.get(message.id)?.reject(Object.assign(new Error(), message.error));
        asked.delete(message.id);
        break;
      case "notice":
        takeNotice?.(message.notice);
        break;
      case "close":
        endThread(port);
        break;
    }
  });
}

/** Deno's port cannot be closed. There, the thread exits at once: its pool closes it only when it has no task. */
function endThread(port: MessagePort): void {
  const { close }: { readonly close?: () => void } = port;
  if (close === undefined) process.exit();
  port.close();
}
