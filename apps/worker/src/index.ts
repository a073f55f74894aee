/**
 * The program `mailseal-worker`: see `bin/mailseal-worker.js`. For a program that wants a worker inside:
 *
 * ```ts
 * const worker = new Worker(await policyOf(config, () => {}), { queue, resolver: nodeMailResolver({ timeoutMs: 5000 }), log });
 * await worker.stop(30_000);
 * ```
 *
 * A worker claims mail from a queue, signs it with the pipeline of `@mailseal/policy`, and delivers it to the next hop of
 * its binding or the MX hosts of its recipients. It retries deferred mail by a schedule, and notifies senders of failures.
 */
export { createLog, type Logger, type LogOptions } from "@mailseal/service";
export { main } from "./main.ts";
export { type Policy, policyOf } from "@mailseal/service";
export { Worker, type WorkerOptions } from "./worker.ts";
