/**
 * The queue in NATS JetStream, for many machines: replicated, with the contract of `@mailseal/queue`.
 *
 * ```ts
 * import { openNatsQueue } from "@mailseal/queue/nats";
 *
 * const queue = await openNatsQueue({ connection: { servers: "nats://127.0.0.1:4222" }, replicas: 3 });
 * ```
 *
 * Needs `@nats-io/transport-node`, `@nats-io/jetstream` and `@nats-io/obj`. The README lists how it differs from the
 * embedded queue.
 */
export { lastingConnection } from "./nats/connection/lasting-connection.ts";
export { openNatsQueue } from "./nats/open-nats-queue.ts";
export type { Durability, NatsQueueOptions } from "./nats/options.ts";
