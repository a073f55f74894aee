import type { Reply } from "@mailseal/delivery";
import type { Recipient, RecipientFailure } from "@mailseal/queue";

/** What became of one recipient in one attempt. */
export interface Outcome {
  readonly recipient: Recipient;
  readonly outcome: "delivered" | "deferred" | "failed";
  readonly reply: Reply;
  /** The next system tells the sender of a success itself. */
  readonly takesDsn: boolean;
  /** If it was we who could not go on; nobody was asked to take the message. */
  readonly localFailure?: LocalFailure | undefined;
  /** Its time was up: `reply` is that of the last attempt. */
  readonly expired?: boolean;
}

export interface LocalFailure {
  readonly of: "hook" | "other";
  /** For the operator: it may name files. */
  readonly cause: string;
}

/** The same for all. */
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

/** As a queue keeps one that failed. */
export function markedRecipient({ recipient, reply, expired }: Outcome): Recipient {
  const failure: RecipientFailure = {
    ...reply,
    text: reply.text.slice(0, 500),
    ...(expired === true ? { expired } : {}),
  };
  return { ...recipient, failure };
}

/** Of a recipient that failed in an earlier attempt; undefined for one that is to be tried. */
export function earlierOutcome(kept: Recipient): Outcome | undefined {
  const { failure, ...recipient } = kept;
  if (failure === undefined) {
    return undefined;
  }
  const { expired, ...reply } = failure;
  const isExpired = expired === true ? { expired } : {};
  return { recipient, outcome: "failed", reply, takesDsn: false, ...isExpired };
}
