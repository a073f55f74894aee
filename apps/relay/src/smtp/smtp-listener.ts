import {
  type ListenTarget,
  listenTarget,
  readTlsFiles,
  type SmtpListener,
  type TlsFiles,
} from "@mailseal/config";
import { ReplyError } from "@mailseal/delivery";
import { boundAddress, listenOn } from "@mailseal/service";
import type { SMTPServerOptions } from "smtp-server";
import { RecipientCheck } from "../addresses/recipient-check.ts";
import { SenderCheck } from "../addresses/sender-check.ts";
import type { ClientLimits } from "../clients/client-limits.ts";
import { UserFile } from "../clients/user-file.ts";
import type { Generation } from "../generation.ts";
import type { RunningListener } from "../running-listener.ts";
import { ClientAccess } from "./client-access.ts";
import { ClientLogin } from "./client-login.ts";
import { ClientTrust } from "./client-trust.ts";
import { RelaySmtpServer } from "./relay-smtp-server.ts";
import { SmtpSessions } from "./smtp-sessions.ts";

/** The files that a listener reads when it starts. */
interface ListenerFiles {
  readonly tls: TlsFiles | undefined;
  readonly users: UserFile | undefined;
  readonly senders: SenderCheck | undefined;
  readonly recipients: RecipientCheck | undefined;
}

/** One SMTP listener of the config. */
export class RunningSmtpListener implements RunningListener {
  readonly #listener: SmtpListener;
  readonly #files: ListenerFiles;
  readonly #sessions: SmtpSessions;
  readonly #server: RelaySmtpServer;
  readonly #closed: Promise<unknown>;
  readonly #key: string;

  private constructor(
    generation: Generation,
    listener: SmtpListener,
    limits: ClientLimits,
    files: ListenerFiles,
  ) {
    this.#listener = listener;
    this.#files = files;
    this.#key = sameKey(listener, generation);
    const { users, senders, recipients } = files;
    const access = new ClientAccess(listener, generation.config.limits, limits);
    const trust = new ClientTrust(listener);
    const login = new ClientLogin(listener, users, limits);
    const checks = { access, trust, login, senders, recipients };
    const sessions = new SmtpSessions(listener, checks, generation);
    this.#sessions = sessions;
    this.#server = new RelaySmtpServer({
      ...serverOptions(listener, generation, files.tls),
      sessionLimits: generation.config.limits,
      mayUseXclient: (address) => trust.mayUseXclient(address),
      greetingDelayMs: (address) => (access.hasRates(address) ? listener.greetingDelay : 0),
      onEarly: (session) => sessions.talkedEarly(session),
      onOctets: (session) => sessions.spoke(session),
      onReset: (session) => sessions.reset(session),
      onConnect: (session, done) => {
        const refused = sessions.connect(session);
        if (refused === undefined) {
          this.#server.greetWhenSilent(session, done);
        } else {
          done(new ReplyError(refused));
        }
      },
      onClose: (session) => sessions.close(session),
      onAuth: sessions.authenticate,
      onMailFrom: sessions.mail,
      onRcptTo: sessions.recipient,
      onData: sessions.data,
    });
    this.#closed = new Promise((resolve) => this.#server.server.once("close", resolve));
    // Clients that disconnect or fail at TLS are not errors of the relay.
    this.#server.on("error", (error: Error) => {
      generation.log.debug({ listener: listener.listen, fault: error }, "connection error");
    });
  }

  /** Throws a `RelayError` if the listener cannot listen, or cannot use one of its files. */
  static async start(
    generation: Generation,
    listener: SmtpListener,
    limits: ClientLimits,
  ): Promise<RunningSmtpListener> {
    const tls =
      listener.tls === undefined
        ? undefined
        : await readTlsFiles(listener.tls, generation.config.keys);
    if (tls?.warning !== undefined) generation.log.warn(tls.warning, "others may use this TLS key");
    const users =
      listener.auth === undefined ? undefined : await UserFile.read(listener.auth.usersFile);
    const senders = await SenderCheck.open(listener, generation);
    const recipients = await RecipientCheck.open(listener, generation.log);
    const files = { tls, users, senders, recipients };
    const running = new RunningSmtpListener(generation, listener, limits, files);
    try {
      await listenOn(running.#server.server, listenTarget(listener.listen));
    } catch (error) {
      senders?.close();
      recipients?.close();
      throw error;
    }
    return running;
  }

  /** The address in use, with the port that the system chose if the config says 0. */
  get address(): ListenTarget {
    return boundAddress(this.#server.server);
  }

  get config(): SmtpListener {
    return this.#listener;
  }

  /** Whether this one can go on as a listener of a new config. Not if it has files, which are read at start. */
  canServe(listener: SmtpListener, generation: Generation): boolean {
    return (
      listener.tls === undefined &&
      listener.auth === undefined &&
      sameKey(listener, generation) === this.#key
    );
  }

  /** Transactions that begin from now on belong to the new generation. */
  use(generation: Generation): void {
    this.#sessions.use(generation);
    this.#files.recipients?.reread();
  }

  /** Releases the address. Connections go on. */
  stopListening(): void {
    if (this.#server.server.listening) {
      this.#server.server.close();
    }
  }

  /** Takes no more connections, and waits up to `deadlineMs` for messages in flight. */
  async stop(deadlineMs: number): Promise<void> {
    this.#sessions.stop();
    this.#files.senders?.close();
    this.#files.recipients?.close();
    this.stopListening();
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    this.#closeIdle();
    while (
      this.#sessions.inFlight.size > 0 &&
      (await Promise.race([this.#oneDone(), deadline.then(() => "late")])) !== "late"
    ) {
      this.#closeIdle();
    }
    for (const connection of this.#server.unended) {
      if (this.#server.connections.has(connection)) {
        connection.send(421, "4.3.2 shutting down", false);
        connection.close();
      }
      // Does not wait until the client closes its side.
      connection._socket.destroySoon();
    }
    await Promise.race([this.#closed, deadline]);
    clearTimeout(timer);
  }

  async #oneDone(): Promise<void> {
    await Promise.race(this.#sessions.inFlight);
    // The reply has been written, and the client may still send QUIT.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #closeIdle(): void {
    for (const connection of this.#server.connections) {
      if (!isBusy(connection._dataStream)) {
        connection.send(421, "4.3.2 shutting down", false);
      }
    }
  }
}

function sameKey(listener: SmtpListener, { config, hostname }: Generation): string {
  return JSON.stringify([listener, config.limits, hostname]);
}

function isBusy(dataStream: unknown): boolean {
  return typeof dataStream === "object" && dataStream !== null;
}

function serverOptions(
  listener: SmtpListener,
  generation: Generation,
  files: TlsFiles | undefined,
): SMTPServerOptions {
  const { limits } = generation.config;
  const { auth, tls, tlsMode } = listener;
  const isAuthOffered = auth !== undefined && (tls !== undefined || auth.allowWithoutTls);
  return {
    name: generation.hostname,
    banner: "Mailseal",
    heloResponse: generation.hostname,
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
