/**
 * A durable mail queue, at least once: in one SQLite file with no server, or with `@mailseal/queue/nats`
 * in NATS JetStream.
 *
 * ```ts
 * import { openQueue } from "@mailseal/queue";
 *
 * await using queue = await openQueue({ file: "/var/spool/mailseal/queue.db" });
 * await queue.add({ envelope: { from: "ada@example.com" },
 *   destinations: [{ route: "example.net", recipients: [{ address: "bob@example.net" }] }] }, message);
 * for (const lease of await queue.take(10, { waitMs: 1000 })) {
 *   await deliver(lease.message.envelope, lease.body());
 *   await lease.done();
 * }
 * ```
 *
 * It does not deliver, decide when to try again, write notifications, or know what a message says.
 */
export type {
  Added,
  Destination,
  Envelope,
  Lease,
  ListedMessage,
  ListOptions,
  ListPage,
  MessageBody,
  MessageState,
  NewMessage,
  Notify,
  Queue,
  QueuedMessage,
  QueueStats,
  PendingReply,
  Recipient,
  RecipientFailure,
  Retry,
  RouteStats,
  StatsOptions,
  TakeOptions,
} from "./contract.ts";
export { isExcluded } from "./excluded-routes.ts";
export { openQueue } from "./embedded/embedded-queue.ts";
export type { EmbeddedQueueOptions } from "./embedded/options.ts";
export { checkQueue, type QueueCheck } from "./salvage/check.ts";
export { type Recovery, recoverQueue } from "./salvage/recover.ts";
export type { LostMessage } from "./salvage/salvage.ts";
export { QueueError, type QueueErrorCode } from "./errors.ts";
