import type { Reply } from "@mailseal/delivery";
import type { Recipient } from "@mailseal/queue";

/** What became of one recipient in one attempt. */
export interface Outcome {
  readonly recipient: Recipient;
  readonly outcome: "delivered" | "deferred" | "failed";
  readonly reply: Reply;
  /** The next system tells the sender of a success itself. */
  readonly takesDsn: boolean;
  /** If it was we who could not go on; nobody was asked to take the message. */
  readonly ownFault?: OwnFault | undefined;
}

export interface OwnFault {
  readonly of: "hook" | "other";
  /** For the operator: it may name files. */
  readonly cause: string;
}

/** The same for all. */
export function forAll(
  recipients: readonly Recipient[],
  outcome: Outcome["outcome"],
  reply: Reply,
  ownFault?: OwnFault,
): readonly Outcome[] {
  return recipients.map((recipient) => ({ recipient, outcome, reply, takesDsn: false, ownFault }));
}
