import { isPositive, type Reply } from "@mailseal/delivery";
import type { Processed } from "@mailseal/policy";
import type { Statistics } from "@mailseal/stats";
import type { Answered, SignedMessages } from "./signed-messages.ts";

/** The outcome of an AUTH command. */
export type LoginOutcome = "accepted" | "failed" | "locked-out" | "busy" | "too-often";

/** The numbers of a queue that are counted. */
interface QueueCounts {
  readonly depth: number;
  /** Absent if the queue is empty. */
  readonly oldestAgeMs?: number;
  readonly dead: number;
  /** Absent if no message is known to be missing. */
  readonly missing?: number;
}

/** Counts the messages of front ends and deliveries. */
export interface Traffic {
  /** A message got its reply after `durationMs`; without a reply, the mail server beside us decides. */
  answered(frontEnd: "smtp" | "milter", reply: Reply | undefined, durationMs: number): void;
  /** The answer to a message that the pipeline processed: a signed message is counted now, by its answer. */
  settled(processed: Processed, answered: Answered): void;
  /** A message was offered to a next hop; without a reply if it could not be reached or did not answer. */
  delivered(host: string, reply: Reply | undefined, durationMs: number): void;
  /** A client tried to log in. */
  login(outcome: LoginOutcome): void;
  /** The numbers of the queue were read. */
  queueRead(reading: QueueCounts): void;
}

export const noTraffic: Traffic = {
  answered: () => undefined,
  settled: () => undefined,
  delivered: () => undefined,
  login: () => undefined,
  queueRead: () => undefined,
};

/** The answer that a reply gives. Without a reply of ours the mail server beside us accepts the message. */
export function answeredWith(reply: Reply | undefined): Answered {
  if (reply === undefined || isPositive(reply)) return "accepted";
  return reply.code < 500 ? "deferred" : "rejected";
}

export function countedTraffic(statistics: Statistics, signed: SignedMessages): Traffic {
  return {
    answered(frontEnd, reply, durationMs) {
      const disposition = answeredWith(reply);
      statistics.recordMessage({ frontEnd, disposition, durationNs: durationMs * 1e6 });
    },
    settled: (processed, answered) => signed.settle(processed, answered),
    delivered(destination, reply, durationMs) {
      const outcome =
        reply === undefined || (reply.code >= 400 && reply.code < 500)
          ? "deferred"
          : isPositive(reply)
            ? "delivered"
            : "failed";
      const durationNs = durationMs * 1e6;
      statistics.recordDelivery({ destination, outcome, attempts: 1, durationNs });
    },
    login: (outcome) => statistics.recordLogin(outcome),
    queueRead({ depth, oldestAgeMs = 0, dead, missing = 0 }) {
      statistics.recordQueue({ queue: "mail", depth, oldestAgeMs, dead, missing });
    },
  };
}
