import type { StoredMessage } from "@mailseal/policy";
import { TransientDeliveryError } from "./errors.ts";
import {
  type ContentNeeds,
  type MailParameters,
  type RecipientParameters,
  unsendable,
  unsupportedRecipient,
} from "./next-hop/envelope-commands.ts";
import { exchangeEnvelope } from "./next-hop/envelope.ts";
import type { NextHopPool } from "./next-hop/next-hop-pool.ts";
import { ConnectionLost, type NextHopSession } from "./next-hop/next-hop-session.ts";
import { isPositive, refusal, type Reply } from "./reply.ts";

/** The outcome of an attempt for one recipient. */
export interface RecipientOutcome {
  readonly recipient: RecipientParameters;
  readonly outcome: "delivered" | "deferred" | "failed";
  readonly reply: Reply;
}

/** The outcomes of one delivery attempt. */
export interface Attempt {
  /** In the order of the recipients. */
  readonly outcomes: readonly RecipientOutcome[];
  /** Whether the next hop sends delivery status notifications from here on (RFC 3461 5.2.1). */
  readonly takesDsn: boolean;
}

/** A message, its envelope, and what it requires of the next hop. */
export interface Delivery {
  readonly mail: MailParameters;
  readonly recipients: readonly RecipientParameters[];
  readonly message: StoredMessage;
  readonly needs: ContentNeeds;
}

/**
 * Delivers a stored message to the recipients that the next hop accepts. Resolves to an outcome for each recipient.
 * Throws what `pool.acquire` throws if there is no connection.
 *
 * ```ts
 * const { outcomes } = await attempt(pool, { mail, recipients, message, needs });
 * for (const { recipient, reply } of outcomes) console.log(recipient.address, replyLine(reply));
 * ```
 */
export async function attempt(pool: NextHopPool, delivery: Delivery): Promise<Attempt> {
  const session = await pool.acquire();
  const wasUsed = session.transactions > 0;
  const first = await attemptOn(pool, session, delivery, wasUsed ? "may be stale" : "is fresh");
  return first === "stale"
    ? ((await attemptOn(pool, await pool.acquireFresh(), delivery, "is fresh")) as Attempt)
    : first;
}

async function attemptOn(
  pool: NextHopPool,
  session: NextHopSession,
  delivery: Delivery,
  age: "may be stale" | "is fresh",
): Promise<Attempt | "stale"> {
  const answers = new RecipientReplies(delivery.recipients, session.extensions.has("DSN"));
  let isDataAccepted = false;
  let sent = false as boolean;
  session.transactions++;
  try {
    const impossible = unsendable(session.extensions, delivery.mail, delivery.needs);
    if (impossible !== undefined) {
      // A recipient whose address the host does not support fails for that more precise reason.
      for (const [at, recipient] of delivery.recipients.entries()) {
        const refused = unsupportedRecipient(session.extensions, recipient);
        if (refused !== undefined) answers.refused(at, refused);
      }
      pool.release(session, "clean");
      return answers.rest(impossible);
    }
    const accepted = await envelope(session, delivery, answers);
    if (accepted === 0) {
      pool.release(session, "transaction-open");
      return answers.rest(noReply);
    }
    const [start] = await session.exchange(["DATA"]);
    if (start?.code !== 354) {
      pool.release(session, "transaction-open");
      // A positive reply here is no delivery: nothing was sent yet.
      return answers.rest(start === undefined || isPositive(start) ? noReply : start);
    }
    isDataAccepted = true;
    const reply = await session.transmit(delivery.message.chunks(), () => {
      sent = true;
    });
    pool.release(session, "clean");
    return answers.rest(isPositive(reply) && !sent ? noReply : reply);
  } catch (error) {
    if (!(error instanceof ConnectionLost)) {
      session.destroy("the message could not be sent");
      throw error;
    }
    if (age === "may be stale" && !isDataAccepted) {
      return "stale";
    }
    return answers.rest(lost(error, sent));
  }
}

/** Resolves to the number of recipients that were accepted. */
async function envelope(
  session: NextHopSession,
  { mail, recipients, needs }: Delivery,
  answers: RecipientReplies,
): Promise<number> {
  const smtpUtf8 = mail.smtpUtf8 || needs.utf8Address === true;
  const replies = await exchangeEnvelope(session, { ...mail, smtpUtf8 }, recipients);
  if (!isPositive(replies.sender)) {
    answers.rest(replies.sender);
    return 0;
  }
  for (const [at, reply] of replies.recipients.entries()) {
    if (!isPositive(reply)) {
      answers.refused(at, reply);
    }
  }
  return replies.recipients.filter(isPositive).length;
}

/** Collects the reply to each recipient: the first one counts. */
class RecipientReplies {
  readonly #recipients: readonly RecipientParameters[];
  readonly #takesDsn: boolean;
  readonly #replies = new Map<number, Reply>();

  constructor(recipients: readonly RecipientParameters[], takesDsn: boolean) {
    this.#recipients = recipients;
    this.#takesDsn = takesDsn;
  }

  refused(at: number, reply: Reply): void {
    this.#replies.set(at, reply);
  }

  /** The outcomes; recipients without a reply so far get `reply`. */
  rest(reply: Reply): Attempt {
    const outcomes = this.#recipients.map((recipient, at): RecipientOutcome => {
      const own = this.#replies.get(at) ?? reply;
      this.#replies.set(at, own);
      return { recipient, outcome: outcomeOf(own), reply: own };
    });
    return { outcomes, takesDsn: this.#takesDsn };
  }
}

/** A reply that is neither success nor failure defers. */
function outcomeOf(reply: Reply): RecipientOutcome["outcome"] {
  if (isPositive(reply)) {
    return "delivered";
  }
  return reply.code >= 500 ? "failed" : "deferred";
}

const noReply: Reply = refusal(451, "4.5.0", "the next hop sent no valid SMTP reply");

function lost(error: ConnectionLost, sent: boolean): Reply {
  const { reply } = new TransientDeliveryError(
    "4.4.2",
    sent ? `${error.message} after the message was sent: it may be delivered twice` : error.message,
  );
  return reply;
}
