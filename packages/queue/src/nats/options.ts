import type { NodeConnectionOptions } from "@nats-io/transport-node";
import { QueueError } from "../errors.ts";

/** What keeps a message that was acknowledged. */
export type Durability = "checked" | "sync-always" | "os-buffered";

export interface NatsQueueOptions {
  /** Where the servers are, and how to prove who connects: as `@nats-io/transport-node` takes it. */
  readonly connection: NodeConnectionOptions;
  /** Of the streams, letters, digits, `_` and `-`. Default: `mailseal`. */
  readonly name?: string;
  /** Copies of every message, 1 to 5. Default: 1; 3 survives the loss of a server. */
  readonly replicas?: number;
  /**
   * What an acknowledgement has to be worth. `checked`: the queue is opened only if every stream has 3
   * replicas, or the servers say by `monitor` that they sync before they acknowledge (`sync_interval: always`).
   * `sync-always`: they do, though it cannot be read. `os-buffered`: a message may be in the memory of one
   * machine, and be lost with its power. Default: `checked`.
   */
  readonly durability?: Durability;
  /**
   * Where servers tell their settings: their monitoring ports as in `http://10.0.0.1:8222`, or a user of the
   * system account as in `nats://sys:password@10.0.0.1:4222`. Default: none.
   */
  readonly monitor?: readonly string[];
  /** Consumers that routes are spread over: a route that is excluded delays those it shares one with. Fixed at creation. Default: 8. */
  readonly shards?: number;
  /** How long a message is held where `extend` is not called. Fixed at creation. Default: 60,000. */
  readonly leaseMs?: number;
  /** How long de-duplication ids are remembered. Fixed at creation. Default: 120,000. */
  readonly dedupWindowMs?: number;
  /** Of the work queue; beyond, `add` rejects with "queue-full". Default: no limit but the servers'. */
  readonly maxBytes?: number;
  /**
   * Storage that is kept for ending what is queued when the servers have no room for anything else: adds are
   * refused before. Fixed at creation. Default: 8 MiB.
   */
  readonly reserveBytes?: number;
  /** How long to wait for an answer of the servers. Default: 5,000. */
  readonly timeoutMs?: number;
  /** After which time a message of an excluded route is looked at again. Default: 1,000. */
  readonly excludedMs?: number;
  /** How often to look for messages that a killed server forgot to remove. Default: 10,000. */
  readonly checkMs?: number;
  /** How often to look for bodies that nothing has a use for. Default: an hour. */
  readonly collectMs?: number;
  /** Milliseconds since 1970, for times that are told and given. Default: `Date.now`. */
  readonly clock?: () => number;
  /** Milliseconds of a clock that nobody sets, for what is measured. Default: `performance.now`. */
  readonly elapsedMs?: () => number;
}

export type CheckedNatsOptions = Required<Omit<NatsQueueOptions, "maxBytes">> & {
  readonly maxBytes: number | undefined;
};

/** Fills in defaults. Throws "bad-option". */
export function checkNatsOptions(options: NatsQueueOptions): CheckedNatsOptions {
  const checked = {
    name: "mailseal",
    replicas: 1,
    durability: "checked" as const,
    monitor: [],
    shards: 8,
    leaseMs: 60_000,
    dedupWindowMs: 120_000,
    reserveBytes: 8 * 1024 * 1024,
    timeoutMs: 5000,
    excludedMs: 1000,
    checkMs: 10_000,
    collectMs: 3_600_000,
    clock: Date.now,
    elapsedMs: () => performance.now(),
    maxBytes: undefined,
    ...options,
  };
  if (!/^[\w-]{1,64}$/.test(checked.name)) {
    throw new QueueError(
      "bad-option",
      `name must be 1 to 64 letters, digits, "_" and "-", got "${checked.name}"`,
    );
  }
  for (const [name, value] of Object.entries(checked)) {
    if (typeof value === "number" && !(Number.isSafeInteger(value) && value >= 1)) {
      throw new QueueError("bad-option", `${name} must be a whole number from 1, got ${value}`);
    }
  }
  return checked;
}
