import type { SmtpListener } from "@mailseal/config";
import {
  isPositive,
  localError,
  refusal,
  type Reply,
  ReplyError,
  replyLine,
  replyText,
} from "@mailseal/delivery";
import type { PendingReply } from "@mailseal/queue";
import type { SMTPServerOptions, SMTPServerSession } from "smtp-server";
import type { RecipientCheck } from "../addresses/recipient-check.ts";
import type { SenderCheck } from "../addresses/sender-check.ts";
import type { Generation } from "../generation.ts";
import type { ClientAccess } from "./client-access.ts";
import type { ClientLogin } from "./client-login.ts";
import { ClientTransaction } from "./client-transaction.ts";
import { type ClientTrust, knownClient } from "./client-trust.ts";
import { tooEarly } from "./relay-smtp-server.ts";
import {
  mailContext,
  mailParameters,
  recipientParameters,
  unknownParameter,
} from "./session-context.ts";

const noTls: Reply = refusal(530, "5.7.0", "must issue a STARTTLS command first");
const tooManyMessages: Reply = refusal(450, "4.7.0", "too many messages a minute, try again later");
const tooManyRecipients: Reply = refusal(
  450,
  "4.7.0",
  "too many recipients a minute, try again later",
);
const stopping: Reply = refusal(421, "4.3.2", "shutting down, try again");

/** A callback of smtp-server. */
type Handler<Name extends keyof SMTPServerOptions> = Extract<
  SMTPServerOptions[Name],
  (...parameters: never[]) => unknown
>;
type Address = Parameters<typeof mailParameters>[0];

/** The checks of a listener on its clients and their mail. */
export interface SessionChecks {
  readonly access: ClientAccess;
  readonly trust: ClientTrust;
  readonly login: ClientLogin;
  readonly senders: SenderCheck | undefined;
  readonly recipients: RecipientCheck | undefined;
}

/** All sessions at one listener: the replies to what clients do there, and the transaction that each has open. */
export class SmtpSessions {
  readonly #listener: SmtpListener;
  readonly #checks: SessionChecks;
  readonly #pendingReplies = new PendingReplies<SMTPServerSession>();
  readonly #transactions = new Map<SMTPServerSession, ClientTransaction>();
  readonly #inFlight = new Set<Promise<void>>();
  #generation: Generation;
  #isStopping = false;

  constructor(listener: SmtpListener, checks: SessionChecks, generation: Generation) {
    this.#listener = listener;
    this.#checks = checks;
    this.#generation = generation;
  }

  /** Messages between DATA and its reply. */
  get inFlight(): ReadonlySet<Promise<void>> {
    return this.#inFlight;
  }

  /** Transactions that begin from now on belong to the new generation. */
  use(generation: Generation): void {
    this.#generation = generation;
  }

  /** Refuses new connections and transactions from now on. */
  stop(): void {
    this.#isStopping = true;
  }

  /** The reply that refuses a new connection, or undefined if the client may stay. */
  connect(session: SMTPServerSession): Reply | undefined {
    const refused = this.#isStopping ? stopping : this.#checks.access.connect(session);
    if (refused !== undefined) this.#logRefusal(session, refused, "session refused");
    return refused;
  }

  /** The client sent something before the greeting, and is refused for it. */
  talkedEarly(session: SMTPServerSession): void {
    this.#logRefusal(session, tooEarly, "client talked before the greeting");
  }

  readonly authenticate: Handler<"onAuth"> = (auth, session, done) => {
    const { access, login } = this.#checks;
    const isTooOften = !access.allows(knownClient(session).address, "logins");
    void login.answer({ auth, session, isTooOften, generation: this.#generation }, done);
  };

  readonly mail: Handler<"onMailFrom"> = (address, session, done) => {
    void this.#answerMail(address, session, done);
  };

  readonly recipient: Handler<"onRcptTo"> = (address, session, done) => {
    void this.#answer(this.#recipient(address, session), done);
  };

  readonly data: Handler<"onData"> = (stream, session, done) => {
    const transaction = this.#transactions.get(session);
    const reply = transaction?.data(stream) ?? Promise.resolve(localError);
    const answered = this.#answer(reply, (error, text) => {
      if (transaction?.pendingReply !== undefined)
        this.#pendingReplies.add(session, transaction.pendingReply);
      done(error, text);
    }).finally(() => this.#inFlight.delete(answered));
    this.#inFlight.add(answered);
  };

  /** The client has sent something, so it has read our last reply. */
  spoke(session: SMTPServerSession): void {
    this.#pendingReplies.confirm(session);
  }

  /** Ends the transaction that is open, if any: RSET, EHLO, or the end of the session. */
  reset(session: SMTPServerSession): void {
    this.#transactions.get(session)?.end();
    this.#transactions.delete(session);
  }

  close(session: SMTPServerSession): void {
    this.reset(session);
    this.#pendingReplies.close(session);
    this.#checks.access.disconnect(session);
  }

  async #answerMail(
    address: Address,
    session: SMTPServerSession,
    done: (error?: Error | null) => void,
  ): Promise<void> {
    const refused = await this.#guarded(this.#mail(address, session));
    if (refused === undefined) {
      done();
    } else {
      // The transaction begins before its sender is checked.
      this.reset(session);
      this.#logRefusal(session, refused, "sender refused");
      done(new ReplyError(refused));
    }
  }

  async #mail(address: Address, session: SMTPServerSession): Promise<Reply | undefined> {
    const { access, trust, senders, recipients } = this.#checks;
    if (this.#isStopping) {
      return stopping;
    }
    if (this.#listener.tlsMode === "required" && !session.secure) {
      return noTls;
    }
    const client = knownClient(session);
    const refused = unknownParameter("MAIL", address) ?? trust.refusal(client);
    if (refused !== undefined) {
      return refused;
    }
    if (!access.allows(client.address, "messages")) {
      return tooManyMessages;
    }
    const generation = this.#generation;
    const full = this.#listener.mode === "queue" ? generation.queue?.refusal : undefined;
    if (full !== undefined) {
      return full;
    }
    const context = mailContext(
      session,
      this.#listener,
      trust,
      generation.nextQueueId(),
      generation.now(),
    );
    const noBounce = trust.noBounce(client);
    const mail = mailParameters(address, session);
    const transaction = new ClientTransaction(
      {
        generation,
        listener: this.#listener,
        context,
        ...(noBounce === undefined ? {} : { noBounce }),
        recipients,
        senders,
        transmissionType:
          session.envelope.smtpUtf8 === true
            ? session.transmissionType.replace(/^E?SMTP/, "UTF8SMTP")
            : session.transmissionType,
      },
      mail,
    );
    // Before the check, which takes time: a client that goes away meanwhile ends the transaction.
    this.#transactions.set(session, transaction);
    return senders?.refusal(context, mail.from, generation);
  }

  async #recipient(address: Address, session: SMTPServerSession): Promise<Reply> {
    if (!this.#checks.access.allows(knownClient(session).address, "recipients")) {
      return tooManyRecipients;
    }
    return (
      unknownParameter("RCPT", address) ??
      (await this.#transactions.get(session)?.recipient(recipientParameters(address))) ??
      localError
    );
  }

  /** The one place where a reply of ours becomes one of smtp-server. */
  async #answer(
    replied: Promise<Reply>,
    done: (error?: Error | null, text?: string) => void,
  ): Promise<void> {
    const reply = await this.#guarded(replied);
    if (isPositive(reply)) {
      done(null, replyText(reply));
    } else {
      done(new ReplyError(reply));
    }
  }

  /** The reply, or 451 if it fails. */
  async #guarded<Answer extends Reply | undefined>(
    replied: Promise<Answer>,
  ): Promise<Answer | Reply> {
    try {
      return await replied;
    } catch (error) {
      this.#generation.log.error({ fault: error }, "unexpected error, please report it");
      return localError;
    }
  }

  #logRefusal({ remoteAddress }: SMTPServerSession, reply: Reply, what: string): void {
    const { listen, name = listen } = this.#listener;
    const entry = { listener: name, client: remoteAddress, reply: replyLine(reply) };
    this.#generation.log.debug(entry, what);
  }
}

/**
 * The replies to queued messages whose client has not yet shown that it read our 250. If the connection ends
 * before the client sends anything more, it may send the message again, though it is in the queue already.
 */
class PendingReplies<Session extends object> {
  readonly #pending = new Map<Session, PendingReply>();
  readonly #closed = new WeakSet<Session>();

  /** To be called before the 250 is written: a fast client answers at once. */
  add(session: Session, pendingReply: PendingReply): void {
    this.#pending.set(session, pendingReply);
    if (this.#closed.has(session)) this.close(session);
  }

  confirm(session: Session): void {
    this.#take(session)?.received();
  }

  close(session: Session): void {
    this.#closed.add(session);
    // If the queue cannot store this, the message may be queued twice, as it would be without resend detection.
    this.#take(session)
      ?.lost()
      .catch(() => undefined);
  }

  #take(session: Session): PendingReply | undefined {
    const pendingReply = this.#pending.get(session);
    this.#pending.delete(session);
    return pendingReply;
  }
}
