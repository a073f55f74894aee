import { isPositive, type Reply } from "@mailseal/delivery";
import type { Processed } from "@mailseal/policy";
import type { Statistics } from "@mailseal/stats";
import type { Answered, SignedMessages } from "./signed-messages.ts";

/** What became of an AUTH. */
export type LoginOutcome = "accepted" | "failed" | "locked-out" | "busy" | "too-often";

/** What a queue tells of itself, as far as it is counted. */
interface QueueCounts {
  readonly depth: number;
  /** Absent where it is empty. */
  readonly oldestAgeMs?: number;
  readonly dead: number;
  /** Absent where nothing is known to be missing. */
  readonly missing?: number;
}

/** What front ends tell of the messages that go through them. */
export interface Traffic {
  /** A message got its answer, `durationMs` after it began; undefined: we have nothing against it. */
  answered(frontEnd: "smtp" | "milter", reply: Reply | undefined, durationMs: number): void;
  /** What became of a message after the pipeline: one that was signed is counted now, and by that. */
  settled(processed: Processed, answered: Answered): void;
  /** A next hop was given a message; undefined: it could not be reached, or did not answer. */
  delivered(host: string, reply: Reply | undefined, durationMs: number): void;
  /** A client tried to log in. */
  login(outcome: LoginOutcome): void;
  /** The queue was looked at. */
  queueRead(reading: QueueCounts): void;
}

export const noTraffic: Traffic = {
  answered: () => undefined,
  settled: () => undefined,
  delivered: () => undefined,
  login: () => undefined,
  queueRead: () => undefined,
};

/** What the client was told; without a reply of ours the mail server beside us takes the message. */
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
