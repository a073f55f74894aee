import type { Reply } from "@mailseal/delivery";
import type { Recipient, RecipientFailure } from "@mailseal/queue";

/** The result of one attempt for one recipient. */
export interface Outcome {
  readonly recipient: Recipient;
  readonly outcome: "delivered" | "deferred" | "failed";
  readonly reply: Reply;
  /** Whether the host that accepted the message sends notifications of success itself (RFC 3461 5.2.1). */
  readonly takesDsn: boolean;
  /** Set if the attempt failed in this process, before it asked a host to accept the message. */
  readonly localFailure?: LocalFailure | undefined;
  /** The message expired: `reply` is that of the last attempt. */
  readonly expired?: boolean;
}

export interface LocalFailure {
  readonly of: "hook" | "other";
  /** For the operator only, because it may name files. */
  readonly cause: string;
}

/** The same outcome for all recipients. */
export function forAll(
  recipients: readonly Recipient[],
  outcome: Outcome["outcome"],
  reply: Reply,
  localFailure?: LocalFailure,
): readonly Outcome[] {
  return recipients.map((recipient) => ({
    recipient,
    outcome,
    reply,
    takesDsn: false,
    localFailure,
  }));
}

/** The recipient with its failure, as the queue stores it. */
export function markedRecipient({ recipient, reply, expired }: Outcome): Recipient {
  const failure: RecipientFailure = {
    ...reply,
    text: reply.text.slice(0, 500),
    ...(expired === true ? { expired } : {}),
  };
  return { ...recipient, failure };
}

/** The outcome of a recipient that failed in an earlier attempt; undefined if it has not failed yet. */
export function earlierOutcome(kept: Recipient): Outcome | undefined {
  const { failure, ...recipient } = kept;
  if (failure === undefined) {
    return undefined;
  }
  const { expired, ...reply } = failure;
  const isExpired = expired === true ? { expired } : {};
  return { recipient, outcome: "failed", reply, takesDsn: false, ...isExpired };
}
