import type { Config } from "@mailseal/config";
import type { Routes } from "@mailseal/delivery";
import type { Pipeline } from "@mailseal/policy";
import type { Traffic } from "@mailseal/service";
import type { Logger, MemoryBudget, Policy } from "@mailseal/service";
import type { ReferenceCount } from "@mailseal/service";
import type { Spool } from "./message/spool.ts";
import type { MailQueue } from "./queue/mail-queue.ts";
import type { Reflector } from "./reflector/reflector.ts";

/** Reads and checks the config anew; rejects with every problem in the message. */
export type OpenPolicy = () => Promise<Policy>;

/** All that one message needs, of one config: a reload makes a new one, and no message sees half of each. */
export interface Generation {
  readonly config: Config;
  readonly pipeline: Pipeline;
  readonly sendersOf: Policy["sendersOf"];
  /** What keeps all of this open. */
  readonly references: ReferenceCount;
  readonly hostname: string;
  readonly routes: Routes;
  readonly spool: Spool;
  /** Counts what is in memory of messages, those that are whole and those that arrive. */
  readonly memory: MemoryBudget;
  readonly reflector: Reflector | undefined;
  /** Of listeners with `mode: queue`. */
  readonly queue: MailQueue | undefined;
  readonly log: Logger;
  readonly traffic: Traffic;
  readonly nextQueueId: () => string;
  /** Unix time in milliseconds, for what is printed. */
  readonly now: () => number;
  /** A monotonic clock, in milliseconds, for what is measured. */
  readonly elapsedMs: () => number;
}
