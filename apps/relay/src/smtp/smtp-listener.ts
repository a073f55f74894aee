import {
  isPositive,
  refusal,
  type Reply,
  ReplyError,
  replyLine,
  replyText,
} from "@mailseal/delivery";
import {
  type ListenTarget,
  listenTarget,
  readTlsFiles,
  type SmtpListener,
  type TlsFiles,
} from "@mailseal/policy/config";
import { boundAddress, listenOn } from "@mailseal/program";
import type { SMTPServerOptions, SMTPServerSession } from "smtp-server";
import type { ClientLimits } from "../clients/client-limits.ts";
import type { RatedEvent } from "../clients/client-rates.ts";
import { ConnectionCounts } from "../clients/connection-counts.ts";
import { Networks } from "../clients/networks.ts";
import { UserFile } from "../clients/user-file.ts";
import { RecipientCheck } from "../recipients/recipient-check.ts";
import type { RunningListener } from "../running-listener.ts";
import { SenderCheck } from "../senders/sender-check.ts";
import type { Service } from "../service.ts";
import { ClientLogin } from "./client-login.ts";
import { ClientTransaction } from "./client-transaction.ts";
import { ClientTrust, knownClient } from "./client-trust.ts";
import { Hearing } from "./hearing.ts";
import { RelaySmtpServer, tooEarly } from "./relay-smtp-server.ts";
import {
  mailContext,
  mailParameters,
  recipientParameters,
  unknownParameter,
} from "./session-context.ts";

type Done = (error?: Error | null) => void;

const noTls: Reply = refusal(530, "5.7.0", "must issue a STARTTLS command first");
const notAllowed: Reply = refusal(554, "5.7.1", "this client may not connect here");
const tooMany: Reply = refusal(421, "4.7.0", "too many connections, try again later");
const tooOften: Reply = refusal(421, "4.7.0", "too many connections a minute, try again later");
const tooManyMessages: Reply = refusal(450, "4.7.0", "too many messages a minute, try again later");
const tooManyRecipients: Reply = refusal(
  450,
  "4.7.0",
  "too many recipients a minute, try again later",
);
const stopping: Reply = refusal(421, "4.3.2", "shutting down, try again");
const failed: Reply = refusal(451, "4.3.0", "local error, try again");

/** What a listener reads from files when it starts. */
interface ListenerFiles {
  readonly tls: TlsFiles | undefined;
  readonly users: UserFile | undefined;
  readonly senders: SenderCheck | undefined;
  readonly recipients: RecipientCheck | undefined;
}

/** One SMTP listener of the config. */
export class RunningSmtpListener implements RunningListener {
  readonly #listener: SmtpListener;
  readonly #counts: ConnectionCounts;
  readonly #trust: ClientTrust;
  readonly #limits: ClientLimits;
  readonly #login: ClientLogin;
  readonly #rateExceptions: readonly Networks[];
  readonly #recipients: RecipientCheck | undefined;
  readonly #senders: SenderCheck | undefined;
  readonly #server: RelaySmtpServer;
  readonly #hearing = new Hearing<SMTPServerSession>();
  readonly #transactions = new Map<SMTPServerSession, ClientTransaction>();
  readonly #counted = new Map<string, string>();
  /** Messages between DATA and its reply. */
  readonly #inFlight = new Set<Promise<void>>();
  readonly #closed: Promise<unknown>;
  readonly #key: string;
  #service: Service;
  #stopping = false;

  private constructor(
    service: Service,
    listener: SmtpListener,
    limits: ClientLimits,
    { tls, users, senders, recipients }: ListenerFiles,
  ) {
    this.#service = service;
    this.#listener = listener;
    this.#limits = limits;
    this.#counts = new ConnectionCounts(limits.connections);
    this.#login = new ClientLogin(listener, users, limits);
    this.#recipients = recipients;
    this.#senders = senders;
    this.#trust = new ClientTrust(listener);
    const { rateExceptions } = service.config.limits;
    this.#rateExceptions =
      rateExceptions === undefined
        ? [new Networks(), new Networks(listener.relayNetworks ?? [])]
        : [new Networks(rateExceptions)];
    this.#server = new RelaySmtpServer({
      ...serverOptions(listener, service, tls),
      sessionLimits: service.config.limits,
      mayUseXclient: (address) => this.#trust.mayUseXclient(address),
      onReset: (session) => this.#reset(session),
      onOctets: (session) => this.#hearing.spoke(session),
      onConnect: (session, done) => this.#connect(session, done),
      onClose: (session) => this.#close(session),
      onEarly: (session) =>
        this.#tellRefused(session, tooEarly, "client talked before the greeting"),
      greetingDelayMs: (address) => (this.#hasRates(address) ? this.#listener.greetingDelay : 0),
      onAuth: (auth, session, done) => {
        const isTooOften = !this.#mayDo(knownClient(session).address, "logins", "loginsPerMinute");
        void this.#login.answer({ auth, session, isTooOften, service: this.#service }, done);
      },
      onMailFrom: (address, session, done) => {
        void this.#answerMail(address, session, done);
      },
      onRcptTo: (address, session, done) => {
        void this.#answer(this.#recipient(address, session), done);
      },
      onData: (stream, session, done) => {
        const transaction = this.#transactions.get(session);
        const reply = transaction?.data(stream) ?? Promise.resolve(failed);
        const answered = this.#answer(reply, (error, text) => {
          if (transaction?.receipt !== undefined) {
            this.#hearing.answered(session, transaction.receipt);
          }
          done(error, text);
        }).finally(() => this.#inFlight.delete(answered));
        this.#inFlight.add(answered);
      },
    });
    this.#closed = new Promise((resolve) => this.#server.server.once("close", resolve));
    this.#key = sameKey(listener, service);
    // A client that vanishes or cannot do TLS is no fault of ours.
    this.#server.on("error", (error: Error) => {
      this.#service.log.debug({ listener: listener.listen, fault: error }, "connection error");
    });
  }

  /** Throws a `MailsealError` where it cannot listen, or a file it needs cannot be used. */
  static async start(
    service: Service,
    listener: SmtpListener,
    limits: ClientLimits,
  ): Promise<RunningSmtpListener> {
    const tls =
      listener.tls === undefined
        ? undefined
        : await readTlsFiles(listener.tls, service.config.keys);
    if (tls?.warning !== undefined) service.log.warn(tls.warning, "others may use this TLS key");
    const users =
      listener.auth === undefined ? undefined : await UserFile.read(listener.auth.usersFile);
    const senders = await SenderCheck.open(listener, service);
    const recipients = await RecipientCheck.open(listener, service.log);
    const files = { tls, users, senders, recipients };
    const running = new RunningSmtpListener(service, listener, limits, files);
    try {
      await listenOn(running.#server.server, listenTarget(listener.listen));
    } catch (error) {
      senders?.close();
      recipients?.close();
      throw error;
    }
    return running;
  }

  /** Where it listens: the port that the system chose where the config says 0. */
  get address(): ListenTarget {
    return boundAddress(this.#server.server);
  }

  get config(): SmtpListener {
    return this.#listener;
  }

  /** Whether a listener of a new config may go on as this one. Files are read at start, so with them it may not. */
  canServe(listener: SmtpListener, service: Service): boolean {
    return (
      listener.tls === undefined &&
      listener.auth === undefined &&
      sameKey(listener, service) === this.#key
    );
  }

  /** Transactions that begin from now on are of the new service. */
  use(service: Service): void {
    this.#service = service;
    this.#recipients?.reread();
  }

  /** Lets go of the address; connections go on. */
  stopListening(): void {
    if (this.#server.server.listening) {
      this.#server.server.close();
    }
  }

  /** Takes no more connections; messages in flight have `deadlineMs` to end. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    this.#senders?.close();
    this.#recipients?.close();
    this.stopListening();
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    this.#closeIdle();
    while (
      this.#inFlight.size > 0 &&
      (await Promise.race([this.#oneDone(), deadline.then(() => "late")])) !== "late"
    ) {
      this.#closeIdle();
    }
    for (const connection of this.#server.unended) {
      if (this.#server.connections.has(connection)) {
        connection.send(421, "4.3.2 shutting down", false);
        connection.close();
      }
      // A client need not close its side for us to end.
      connection._socket.destroySoon();
    }
    await Promise.race([this.#closed, deadline]);
    clearTimeout(timer);
  }

  async #oneDone(): Promise<void> {
    await Promise.race(this.#inFlight);
    // The reply is written by now; the client may still send QUIT.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #closeIdle(): void {
    for (const connection of this.#server.connections) {
      if (!isBusy(connection._dataStream)) {
        connection.send(421, "4.3.2 shutting down", false);
      }
    }
  }

  #connect(session: SMTPServerSession, done: Done): void {
    const refused = this.#admission(session);
    if (refused === undefined) {
      this.#server.greetWhenSilent(session, done);
    } else {
      this.#tellRefused(session, refused, "session refused");
      done(new ReplyError(refused));
    }
  }

  #admission({ id, remoteAddress }: SMTPServerSession): Reply | undefined {
    if (this.#stopping) {
      return stopping;
    }
    if (!this.#trust.mayConnect(remoteAddress)) {
      return notAllowed;
    }
    if (!this.#counts.enter(remoteAddress, this.#service.config.limits)) {
      return tooMany;
    }
    this.#counted.set(id, remoteAddress);
    return this.#mayDo(remoteAddress, "connections", "connectionsPerMinute") ? undefined : tooOften;
  }

  #hasRates(address: string): boolean {
    return !this.#rateExceptions.some((networks) => networks.includes(address));
  }

  /** Counts what a client does. One that XCLIENT calls unknown shares the limits of all such. */
  #mayDo(address: string | undefined, event: RatedEvent, limit: `${RatedEvent}PerMinute`): boolean {
    const perMinute = this.#service.config.limits[limit];
    return (
      (address !== undefined && !this.#hasRates(address)) ||
      this.#limits.rates.allows(this.#listener.listen, address ?? "unknown", event, perMinute)
    );
  }

  #tellRefused({ remoteAddress }: SMTPServerSession, reply: Reply, what: string): void {
    const { listen, name = listen } = this.#listener;
    const entry = { listener: name, client: remoteAddress, reply: replyLine(reply) };
    this.#service.log.debug(entry, what);
  }

  #close(session: SMTPServerSession): void {
    this.#reset(session);
    this.#hearing.ended(session);
    const address = this.#counted.get(session.id);
    if (address !== undefined) {
      this.#counted.delete(session.id);
      this.#counts.leave(address);
    }
  }

  #reset(session: SMTPServerSession): void {
    this.#transactions.get(session)?.end();
    this.#transactions.delete(session);
  }

  async #answerMail(
    address: Parameters<typeof mailParameters>[0],
    session: SMTPServerSession,
    done: Done,
  ): Promise<void> {
    let refused: Reply | undefined;
    try {
      refused = await this.#mail(address, session);
    } catch (error) {
      this.#service.log.error({ fault: error }, "unexpected failure, please report it");
      refused = failed;
    }
    if (refused === undefined) {
      done();
    } else {
      this.#tellRefused(session, refused, "sender refused");
      done(new ReplyError(refused));
    }
  }

  async #mail(
    address: Parameters<typeof mailParameters>[0],
    session: SMTPServerSession,
  ): Promise<Reply | undefined> {
    if (this.#stopping) {
      return stopping;
    }
    if (this.#listener.tlsMode === "required" && !session.secure) {
      return noTls;
    }
    const refused = unknownParameter("MAIL", address) ?? this.#trust.refusal(knownClient(session));
    if (refused !== undefined) {
      return refused;
    }
    if (!this.#mayDo(knownClient(session).address, "messages", "messagesPerMinute")) {
      return tooManyMessages;
    }
    const service = this.#service;
    const full = this.#listener.mode === "queue" ? service.queue?.refusal : undefined;
    if (full !== undefined) {
      return full;
    }
    const context = mailContext(
      session,
      this.#listener,
      this.#trust,
      service.nextQueueId(),
      service.now(),
    );
    const untold = this.#trust.untold(knownClient(session));
    const mail = mailParameters(address, session);
    this.#transactions.set(
      session,
      new ClientTransaction(
        {
          service,
          listener: this.#listener,
          context,
          ...(untold === undefined ? {} : { untold }),
          recipients: this.#recipients,
          senders: this.#senders,
          transmissionType:
            session.envelope.smtpUtf8 === true
              ? session.transmissionType.replace(/^E?SMTP/, "UTF8SMTP")
              : session.transmissionType,
        },
        mail,
      ),
    );
    // The client may go meanwhile, which ends the transaction.
    const notOwned = await this.#senders?.refusal(context, mail.from, service);
    if (notOwned !== undefined) this.#reset(session);
    return notOwned;
  }

  async #recipient(
    address: Parameters<typeof recipientParameters>[0],
    session: SMTPServerSession,
  ): Promise<Reply> {
    if (!this.#mayDo(knownClient(session).address, "recipients", "recipientsPerMinute")) {
      return tooManyRecipients;
    }
    return (
      unknownParameter("RCPT", address) ??
      (await this.#transactions.get(session)?.recipient(recipientParameters(address))) ??
      failed
    );
  }

  /** The one place where a reply of ours becomes one of smtp-server. */
  async #answer(
    replied: Promise<Reply>,
    done: (error?: Error | null, text?: string) => void,
  ): Promise<void> {
    let reply = failed;
    try {
      reply = await replied;
    } catch (error) {
      this.#service.log.error({ fault: error }, "unexpected failure, please report it");
    }
    if (isPositive(reply)) {
      done(null, replyText(reply));
    } else {
      done(new ReplyError(reply));
    }
  }
}

function sameKey(listener: SmtpListener, { config, hostname }: Service): string {
  return JSON.stringify([listener, config.limits, hostname]);
}

function isBusy(dataStream: unknown): boolean {
  return typeof dataStream === "object" && dataStream !== null;
}

function serverOptions(
  listener: SmtpListener,
  service: Service,
  files: TlsFiles | undefined,
): SMTPServerOptions {
  const { limits } = service.config;
  const { auth, tls, tlsMode } = listener;
  const isAuthOffered = auth !== undefined && (tls !== undefined || auth.allowWithoutTls);
  return {
    name: service.hostname,
    banner: "Mailseal",
    heloResponse: service.hostname,
    logger: false,
    disableReverseLookup: true,
    disabledCommands: [
      "WIZ",
      "SHELL",
      "KILL",
      "XFORWARD",
      ...(isAuthOffered ? [] : ["AUTH"]),
      ...(tls === undefined ? ["STARTTLS"] : []),
      ...(listener.xclient ? [] : ["XCLIENT"]),
    ],
    useXClient: listener.xclient,
    authMethods: ["PLAIN", "LOGIN"],
    authOptional: auth?.required !== true,
    allowInsecureAuth: auth?.allowWithoutTls === true,
    size: limits.messageSize,
    hideENHANCEDSTATUSCODES: false,
    hideDSN: false,
    socketTimeout: limits.commandTimeout,
    maxClients: limits.connections,
    secure: tlsMode === "implicit",
    ...(files === undefined ? {} : { cert: files.certificate, key: files.key }),
  };
}
