import {
  callback,
  listOf,
  oneOf,
  optionsCheck,
  required,
  text,
  wholeNumber,
  withDefaults,
} from "@mailseal/errors";
import type { NodeConnectionOptions } from "@nats-io/transport-node";
import { checkNumbers } from "../checked-options.ts";
import { badOption } from "../errors.ts";
import { connectionRule } from "./connection-rule.ts";

/** The guarantee that keeps an acknowledged message from being lost. */
export type Durability = "checked" | "sync-always" | "os-buffered";

/** The options of `openNatsQueue`. */
export interface NatsQueueOptions {
  /** The servers and the credentials, in the form that `@nats-io/transport-node` accepts. */
  readonly connection: NodeConnectionOptions;
  /** The name from which those of the streams are made: letters, digits, `_` and `-`. Default: `mailseal`. */
  readonly name?: string;
  /** The number of servers that store each message, 1 to 5; with 3, the queue survives the loss of one. Default: 1. */
  readonly replicas?: number;
  /**
   * The guarantee required of the servers. `checked`: the queue is opened only if every stream has 3 replicas, or the
   * servers report through `monitor` that they sync before they acknowledge (`sync_interval: always`). `sync-always`:
   * the servers do so, but the setting cannot be read. `os-buffered`: an acknowledged message may exist only in the
   * memory of one machine, and be lost in a power cut. Default: `checked`.
   */
  readonly durability?: Durability;
  /**
   * Where the settings of the servers can be read: at a monitoring port, as in `http://10.0.0.1:8222`, or as a user of
   * the system account, as in `nats://sys:password@10.0.0.1:4222`. Default: none.
   */
  readonly monitor?: readonly string[];
  /** The number of consumers that share the routes: an excluded route delays the others of its consumer. Fixed at creation. Default: 8. */
  readonly shards?: number;
  /** How long a lease lasts unless `extend` is called. Fixed at creation. Default: 60,000. */
  readonly leaseMs?: number;
  /** How long de-duplication ids are remembered. Fixed at creation. Default: 120,000. */
  readonly dedupWindowMs?: number;
  /** The maximum size of the queued messages; above it, `add` rejects with "queue-full". Default: limited only by the servers. */
  readonly maxBytes?: number;
  /**
   * Storage reserved for settling messages when the servers are full: `add` is refused before settling is. Fixed at
   * creation. Default: 8 MiB.
   */
  readonly reserveBytes?: number;
  /** How long to wait for a reply from the servers. Default: 5,000. */
  readonly timeoutMs?: number;
  /** The delay before a message of an excluded route is offered again. Default: 1,000. */
  readonly excludedMs?: number;
  /** How often to check for removed messages that reappeared after a server was killed. Default: 10,000. */
  readonly checkMs?: number;
  /** How often to check for bodies that no message uses. Default: one hour. */
  readonly collectMs?: number;
  /** The clock for times passed in and returned, in milliseconds since 1970. Default: `Date.now`. */
  readonly clock?: () => number;
  /** The monotonic clock for durations, in milliseconds. Default: `performance.now`. */
  readonly elapsedMs?: () => number;
}

export type CheckedNatsOptions = Required<Omit<NatsQueueOptions, "maxBytes">> & {
  readonly maxBytes: number | undefined;
};

const milliseconds = wholeNumber(1, Infinity, "milliseconds");
const size = wholeNumber(1, Infinity, "bytes");

const checkGiven = optionsCheck<NatsQueueOptions>(
  "options",
  {
    connection: required(connectionRule),
    name: {
      expected: '1 to 64 letters, digits, "_" and "-"',
      accepts: (it) => typeof it === "string" && /^[\w-]{1,64}$/.test(it),
    },
    replicas: wholeNumber(1),
    durability: oneOf(["checked", "sync-always", "os-buffered"]),
    monitor: listOf("addresses", text),
    shards: wholeNumber(1),
    leaseMs: milliseconds,
    dedupWindowMs: milliseconds,
    maxBytes: size,
    reserveBytes: size,
    timeoutMs: milliseconds,
    excludedMs: milliseconds,
    checkMs: milliseconds,
    collectMs: milliseconds,
    clock: callback,
    elapsedMs: callback,
  },
  badOption,
);

/** Fills in the defaults. Throws "bad-option". */
export function checkNatsOptions(options: NatsQueueOptions): CheckedNatsOptions {
  checkGiven(options);
  const completed = withDefaults(options, {
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
  });
  checkNumbers(completed, 1);
  return { maxBytes: undefined, ...completed };
}
