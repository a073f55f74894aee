/**
 * Runs work on messages in worker threads: the base of `@mailseal/signer/pool` and
 * `@mailseal/verifier/pool`.
 *
 * ```ts
 * // length-thread.ts
 * import { serveThread } from "@mailseal/thread-pool";
 * serveThread(() => (message: Uint8Array) => ({ value: message.length }));
 *
 * // elsewhere
 * const pool = new ThreadPool<Uint8Array, number>({ script: new URL("length-thread.js", import.meta.url) });
 * console.log(await pool.run(message));
 * await pool.close();
 * ```
 *
 * Tasks are sent in batches, because a message between threads can cost as much as the task itself. The pool
 * has no priorities, cannot cancel a task, and keeps its number of threads.
 */
export { giveAway, MessagePool, transferOf } from "./message-pool.ts";
export { PoolError, type PoolErrorCode } from "./errors.ts";
export type { CarriedError } from "./protocol.ts";
export type { ThreadScript } from "./pool-thread.ts";
export { type Answer, type OnNotice, serveThread, type TaskResult } from "./serve-thread.ts";
export {
  poolLimitRules,
  threadScript,
  type PoolLimits,
  ThreadPool,
  type ThreadPoolOptions,
} from "./thread-pool.ts";
