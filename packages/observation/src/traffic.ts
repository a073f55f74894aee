import { isPositive, type Reply } from "@mailseal/delivery";
import type { Statistics } from "@mailseal/stats";

/** What front ends tell of the messages that go through them. */
export interface Traffic {
  /** A message got its answer, `durationMs` after it began; undefined: we have nothing against it. */
  answered(frontEnd: "smtp" | "milter", reply: Reply | undefined, durationMs: number): void;
  /** A next hop was given a message; undefined: it could not be reached, or did not answer. */
  delivered(host: string, reply: Reply | undefined, durationMs: number): void;
  /** The queue was looked at. */
  queueRead(depth: number, oldestAgeMs: number): void;
}

export const untold: Traffic = {
  answered: () => undefined,
  delivered: () => undefined,
  queueRead: () => undefined,
};

export function countedTraffic(statistics: Statistics): Traffic {
  return {
    answered(frontEnd, reply, durationMs) {
      const disposition =
        reply === undefined || isPositive(reply)
          ? "accepted"
          : reply.code < 500
            ? "deferred"
            : "rejected";
      statistics.recordMessage({ frontEnd, disposition, durationNs: durationMs * 1e6 });
    },
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
    queueRead(depth, oldestAgeMs) {
      statistics.recordQueue({ queue: "mail", depth, oldestAgeMs });
    },
  };
}
