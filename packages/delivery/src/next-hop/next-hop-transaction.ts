import type { StoredMessage } from "@mailseal/policy";
import { TransientDeliveryError } from "../errors.ts";
import { isPositive, type Reply, refusal } from "../reply.ts";
import {
  type ContentNeeds,
  type MailParameters,
  needsSmtpUtf8,
  recipientCommand,
  type RecipientParameters,
  unsendable,
  unsupportedRecipient,
} from "./envelope-commands.ts";
import { type EnvelopeReplies, exchangeEnvelope } from "./envelope.ts";
import type { NextHopPool } from "./next-hop-pool.ts";
import { ConnectionLost, type NextHopSession } from "./next-hop-session.ts";

/**
 * A transaction at the next hop, in step with a client's transaction: each RCPT is passed on at once, so that the client
 * gets the next hop's own reply. The session is parked while the client sends. If the session is lost or revoked in the
 * meantime, the accepted envelope is sent again before DATA; a recipient that is refused then fails the whole message,
 * of which nothing has been sent.
 *
 * ```ts
 * const transaction = new NextHopTransaction(pool, mail);
 * const reply = await transaction.recipient({ address: "bob@example.net" }); // for the client's RCPT
 * if (isPositive(reply)) console.log(replyLine(await transaction.deliver(message, needs)));
 * else transaction.abort();
 * ```
 */
export class NextHopTransaction {
  readonly #pool: NextHopPool;
  #mail: MailParameters;
  #accepted: RecipientParameters[] = [];
  #session: NextHopSession | undefined;
  #senderRefusal: Reply | undefined;
  #isAborted = false;

  constructor(pool: NextHopPool, mail: MailParameters) {
    this.#pool = pool;
    this.#mail = mail;
  }

  /** Whether the next hop refused the sender. Its replies say nothing about the recipients then. */
  get isSenderRefused(): boolean {
    return this.#senderRefusal !== undefined;
  }

  /** The next hop's reply to a recipient, or to the sender if that is a refusal. Throws a `TransientDeliveryError`. */
  async recipient(recipient: RecipientParameters): Promise<Reply> {
    if (this.#senderRefusal !== undefined) {
      return this.#senderRefusal;
    }
    const reply = await this.#asked(recipient);
    if (isPositive(reply)) {
      this.#accepted.push(recipient);
    }
    this.#park();
    return reply;
  }

  /**
   * Sends all recipients together, for callers that know the next hop only after DATA. Resolves to undefined if all are
   * accepted; otherwise to one reply for all, since the reply to DATA applies to each. Throws a
   * `TransientDeliveryError`.
   */
  async allRecipients(recipients: readonly RecipientParameters[]): Promise<Reply | undefined> {
    const replies = await this.#begin(recipients);
    const refused = replies.filter((reply) => !isPositive(reply));
    if (refused.length === 0) {
      this.#accepted = [...recipients];
      return undefined;
    }
    this.#giveBack();
    return refusalForAll(replies, refused);
  }

  /**
   * Sends the message and resolves to the next hop's reply. Throws a `TransientDeliveryError` if the message was not
   * delivered, or if the next hop did not say whether it was.
   */
  async deliver(message: StoredMessage, needs: ContentNeeds): Promise<Reply> {
    if (needs.utf8Address === true) {
      this.#requireSmtpUtf8();
    }
    for (let attempt = 1; ; attempt++) {
      const refused = await this.#readyAgain();
      const session = this.#session;
      if (refused !== undefined || session === undefined) {
        return (
          refused ?? refusal(451, "4.4.2", "the connection to the next hop was lost, try again")
        );
      }
      const impossible = unsendable(session.extensions, this.#mail, needs);
      if (impossible !== undefined) {
        this.#giveBack();
        return impossible;
      }
      const start = await this.#startData(session, attempt);
      if (start === "again") {
        continue;
      }
      if (start.code !== 354) {
        this.#pool.release(session, "transaction-open");
        return isPositive(start)
          ? refusal(451, "4.5.0", "the next hop did not accept DATA")
          : start;
      }
      return this.#transmit(session, message);
    }
  }

  /**
   * Ends the transaction without a delivery, for a client that resets or disconnects. A message whose DATA command has
   * been sent is still delivered, because a command in its place would become part of its content.
   */
  abort(): void {
    this.#isAborted = true;
    this.#giveBack();
  }

  #giveBack(): void {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) {
      this.#pool.release(session, "transaction-open");
    }
  }

  /** SMTPUTF8 is a parameter of MAIL. If MAIL was sent without it, the envelope is sent again. */
  #requireSmtpUtf8(): void {
    if (!this.#mail.smtpUtf8) {
      this.#mail = { ...this.#mail, smtpUtf8: true };
      if (this.#session !== undefined) {
        this.#pool.unpark(this.#session);
        this.#giveBack();
      }
    }
  }

  async #asked(recipient: RecipientParameters): Promise<Reply> {
    const opened = this.#session;
    if (opened !== undefined) {
      const impossible = unsupportedRecipient(opened.extensions, recipient);
      if (impossible !== undefined) {
        return impossible;
      }
      if (needsSmtpUtf8(recipient.address)) {
        this.#requireSmtpUtf8();
      }
    }
    const session = this.#session;
    if (session !== undefined) {
      this.#pool.unpark(session);
      try {
        const [reply] = await session.exchange([recipientCommand(session.extensions, recipient)]);
        return reply ?? lostReply;
      } catch (error) {
        asConnectionLost(error);
        this.#session = undefined;
      }
    }
    const replies = await this.#begin([...this.#accepted, recipient]);
    if (replies.slice(0, -1).some((reply) => !isPositive(reply))) {
      this.#giveBack();
      throw new TransientDeliveryError(
        "4.4.2",
        "the next hop refuses a recipient that it accepted before, try again",
      );
    }
    return replies.at(-1) ?? lostReply;
  }

  /** Sends MAIL and RCPTs on a new session. If the sender is refused, that is the reply to each recipient. */
  async #begin(recipients: readonly RecipientParameters[]): Promise<readonly Reply[]> {
    let session = await this.#pool.acquire();
    const wasUsed = session.transactions > 0;
    let replies = await this.#envelope(session, recipients).catch(asConnectionLost);
    if (wasUsed && (replies instanceof ConnectionLost || replies.sender.code === 421)) {
      // The session went stale in the pool, and nothing was sent on it.
      session.destroy("stale");
      session = await this.#pool.acquireFresh();
      replies = await this.#envelope(session, recipients).catch(asConnectionLost);
    }
    if (replies instanceof ConnectionLost) {
      throw new TransientDeliveryError("4.4.2", `next hop: ${replies.message}`, { cause: replies });
    }
    const { sender } = replies;
    if (!isPositive(sender)) {
      this.#pool.release(session, "transaction-open");
      this.#senderRefusal = sender;
      return recipients.map(() => sender);
    }
    if (this.#isAborted) {
      this.#pool.release(session, "transaction-open");
      throw new TransientDeliveryError(
        "4.4.2",
        "the client ended the transaction before the next hop replied; nothing was sent",
      );
    }
    this.#session = session;
    return replies.recipients;
  }

  async #envelope(
    session: NextHopSession,
    recipients: readonly RecipientParameters[],
  ): Promise<EnvelopeReplies> {
    session.transactions++;
    return exchangeEnvelope(session, this.#mail, recipients);
  }

  /** A refusal if a recipient that was accepted before is refused now. */
  async #readyAgain(): Promise<Reply | undefined> {
    if (this.#session !== undefined) {
      this.#pool.unpark(this.#session);
      return undefined;
    }
    return this.allRecipients(this.#accepted.slice());
  }

  /** DATA may be repeated once on a new session, because nothing has been sent yet. */
  async #startData(session: NextHopSession, attempt: number): Promise<Reply | "again"> {
    // From here on, an abort must not reset the session.
    this.#session = undefined;
    try {
      const [reply] = await session.exchange(["DATA"]);
      return reply ?? lostReply;
    } catch (error) {
      const lost = asConnectionLost(error);
      if (attempt === 1) {
        return "again";
      }
      throw new TransientDeliveryError("4.4.2", `next hop: ${lost.message}`, { cause: lost });
    }
  }

  async #transmit(session: NextHopSession, message: StoredMessage): Promise<Reply> {
    let sent = false;
    try {
      const reply = await session.transmit(message.chunks(), () => {
        sent = true;
      });
      this.#pool.release(session, "clean");
      if (!sent && isPositive(reply)) {
        throw new TransientDeliveryError("4.5.0", "the next hop accepted a message before its end");
      }
      return reply;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) {
        throw error;
      }
      throw new TransientDeliveryError(
        "4.4.2",
        sent
          ? `the next hop received the message but did not reply (${error.message}); it may be delivered twice`
          : `next hop: ${error.message}; the message was not delivered`,
        { cause: error },
      );
    }
  }

  #park(): void {
    const session = this.#session;
    if (session !== undefined) {
      this.#pool.park(session, () => {
        this.#session = undefined;
      });
    }
  }
}

const lostReply: Reply = refusal(451, "4.4.2", "the next hop did not reply");

function asConnectionLost(error: unknown): ConnectionLost {
  if (error instanceof ConnectionLost) {
    return error;
  }
  throw error;
}

/** One refusal for all recipients of a message of which some were refused. */
function refusalForAll(replies: readonly Reply[], refused: readonly Reply[]): Reply {
  const [first] = refused;
  if (first === undefined || refused.length === replies.length) {
    return refused.find(({ code }) => code < 500) ?? first ?? lostReply;
  }
  const worst = refused.find(({ code }) => code < 500) ?? first;
  return {
    ...worst,
    text: `${worst.text}\nthe next hop refused ${refused.length} of ${replies.length} recipients, so the message was sent to nobody`,
  };
}
