import { type DecodedMail, replyLine } from "@mailseal/delivery";
import type { QueuedMessage } from "@mailseal/queue";
import type { Logger } from "@mailseal/service";
import type { Outcome } from "./outcome.ts";
import type { Settled } from "./settle/settlement.ts";

const lostBounce = "mail of the null sender, a bounce for instance, could not be delivered";

/** Logs a line for each attempt, and a warning if an operator should act: no message disappears silently. */
export function logDelivery(
  log: Logger,
  { id, route, attempt }: QueuedMessage,
  { mail: { from }, context: { queueId } }: DecodedMail,
  outcomes: readonly Outcome[],
  durationMs: number,
  { how, noBounce, reason }: Settled,
): void {
  const [first] = outcomes;
  const to = outcomes.slice(0, 10).map(({ recipient }) => recipient.address);
  log.info(
    {
      id,
      queueId,
      from,
      recipients: outcomes.length,
      to,
      route,
      attempt,
      outcomes: [...new Set(outcomes.map(({ outcome }) => outcome))],
      reply: first === undefined ? undefined : replyLine(first.reply),
      cause: first?.localFailure?.cause,
      durationMs,
      settled: how,
      noBounce,
    },
    "delivery",
  );
  if (how === "dead") {
    log.warn({ id, queueId, from, to, reason }, from === "" ? lostBounce : "dead letter");
  } else if (noBounce !== undefined) {
    log.warn({ id, queueId, from, to, noBounce }, "the sender gets no bounce");
  }
  if (how === "lease-lost" && outcomes.some(({ outcome }) => outcome === "delivered")) {
    log.warn(
      { id, queueId, from, to },
      "delivered, but its lease was lost: another worker may deliver it again",
    );
  }
}
