import type { Config } from "@mailseal/config";
import type { NextHopPools } from "@mailseal/delivery";
import type { Pipeline } from "@mailseal/policy";
import type { Logger, MemoryBudget, Policy, ReferenceCount, Traffic } from "@mailseal/service";
import type { Spool } from "./message/spool.ts";
import type { MailQueue } from "./queue/mail-queue.ts";
import type { Reflector } from "./reflector/reflector.ts";

/**
 * Reads and checks the config file and opens the files that it names; rejects with every problem in the message.
 * `configText` is the text of the file, if it has been read before.
 */
export type OpenPolicy = (configText?: string) => Promise<Policy>;

/** Everything that one message needs, made of one config. A reload makes a new one, and no message sees parts of two. */
export interface Generation {
  readonly config: Config;
  readonly pipeline: Pipeline;
  readonly sendersOf: Policy["sendersOf"];
  /** Held by each message: what this generation opened is closed after the last one. */
  readonly references: ReferenceCount;
  readonly hostname: string;
  readonly nextHops: NextHopPools;
  readonly spool: Spool;
  /** The budget for messages in memory, whole ones and those that are arriving. */
  readonly memory: MemoryBudget;
  readonly reflector: Reflector | undefined;
  /** Of listeners with `mode: queue`. */
  readonly queue: MailQueue | undefined;
  readonly log: Logger;
  readonly traffic: Traffic;
  readonly nextQueueId: () => string;
  /** Unix time in milliseconds, for times that are printed. */
  readonly now: () => number;
  /** A monotonic clock in milliseconds, for durations. */
  readonly elapsedMs: () => number;
}
