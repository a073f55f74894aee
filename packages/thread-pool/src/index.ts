/**
 * Runs work on messages in worker threads: what `@mailseal/signer/pool` and `@mailseal/verifier/pool`
 * are made of.
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
 * Tasks travel in batches, because a message between threads costs as much as some tasks do. It does
 * not schedule by priority, cancel, or grow and shrink.
 */
export { giveAway, MessagePool, transferOf } from "./message-pool.ts";
export { PoolError, type PoolErrorCode } from "./errors.ts";
export { type Answer, serveThread, type TaskResult } from "./serve-thread.ts";
export { type PoolLimits, ThreadPool, type ThreadPoolOptions } from "./thread-pool.ts";
