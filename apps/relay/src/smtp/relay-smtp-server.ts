import type { Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { refusal, type Reply, replyText } from "@mailseal/delivery";
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from "smtp-server";
import { SMTPConnection, type SMTPConnectionOptions } from "smtp-server/lib/smtp-connection";
import { DataParser } from "./data-stream.ts";

/** Limits of one session. */
interface SessionLimits {
  /** Counted since the last accepted message, so that clients that send mail may go on. */
  readonly commandsPerSession: number;
  readonly errorsPerSession: number;
  /** From the last reply until the next command is complete. */
  readonly commandTimeout: number;
  /** From DATA until the message is complete. */
  readonly dataTimeout: number;
}

export interface RelayServerOptions extends SMTPServerOptions {
  readonly sessionLimits: SessionLimits;
  /** Called before every XCLIENT, with the address of the TCP connection. */
  readonly mayUseXclient: (address: string) => boolean;
  /** RSET, EHLO, or the end of a session or transaction: an open transaction is void. */
  readonly onReset: (session: SMTPServerSession) => void;
  /** The delay of the greeting for a client with this address. */
  readonly greetingDelayMs: (address: string) => number;
  /** The client sent something before the greeting, and is refused. */
  readonly onEarly: (session: SMTPServerSession) => void;
  /** The client has sent something. */
  readonly onOctets: (session: SMTPServerSession) => void;
}

/** RFC 5321 3.1: a client waits for the greeting. One that does not is often a program that sends spam. */
export const tooEarly: Reply = refusal(554, "5.5.1", "commands before the greeting are refused");

const otherClient = /\s(?:ADDR|LOGIN)=/i;
const enhancedCode = /^[245]\.\d{1,3}\.\d{1,3}(?: |$)/;

/**
 * smtp-server with additions for a relay: no pause of 100 ms before each greeting, limits for each session,
 * and the replies of a next hop passed on unchanged.
 */
export class RelaySmtpServer extends SMTPServer {
  readonly relayOptions: RelayServerOptions;
  /** `connections`, and those that have been ended here but not yet by their client. */
  readonly unended: Set<SMTPConnection> = new Set();
  readonly #bySession = new WeakMap<SMTPServerSession, RelaySmtpConnection>();

  constructor(options: RelayServerOptions) {
    super(options);
    this.relayOptions = options;
  }

  /** Calls `done` after the greeting delay, unless the client talks or disconnects before. */
  greetWhenSilent(session: SMTPServerSession, done: () => void): void {
    const connection = this.#bySession.get(session);
    if (connection !== undefined) void this.#greet(connection, done);
  }

  async #greet(connection: RelaySmtpConnection, done: () => void): Promise<void> {
    await connection.waitForSilence();
    if (!connection.isOver) done();
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new RelaySmtpConnection(this, socket, options);
    this.connections.add(connection);
    this.unended.add(connection);
    socket.once("close", () => this.unended.delete(connection));
    this.#bySession.set(connection.session, connection);
    connection.on("error", (error: Error) => this._onError(error));
    connection.init();
  }
}

class RelaySmtpConnection extends SMTPConnection {
  readonly #options: RelayServerOptions;
  #commands = 0;
  #errors = 0;
  #isInData = false;
  #deadline: NodeJS.Timeout | undefined;

  constructor(
    server: RelaySmtpServer,
    socket: Socket | TLSSocket,
    options?: SMTPConnectionOptions | null,
  ) {
    super(server, socket, options);
    this.#options = server.relayOptions;
  }

  override init(): void {
    // Each reply is one write, and must not wait until the client acknowledges the previous one.
    this._socket.setNoDelay(true);
    this._setListeners(() => {
      this.#arm(this.#options.sessionLimits.commandTimeout);
      this.connectionReady();
    });
  }

  /** Called by the super constructor, before the fields of this class are initialized. */
  override _createParser(): DataParser {
    const { maxCommandLength } = this._server.options;
    const parser = new DataParser({ maxCommandLength });
    parser.onOctets = () => this.#onOctets();
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.on("error", (error) => this.send(421, `4.5.2 ${error.message}`));
    return parser;
  }

  /**
   * Called when the client may stay. Its octets are read meanwhile: those that came with the connection
   * are here after two turns of the event loop.
   */
  async waitForSilence(): Promise<void> {
    const delayMs = this.#options.greetingDelayMs(this.remoteAddress);
    if (delayMs > 0) await pause(delayMs, undefined, { ref: false });
    await nextTurn();
    await nextTurn();
  }

  get isOver(): boolean {
    return this._closing || this._closed;
  }

  #onOctets(): void {
    if (this._ready || this._upgrading) {
      this.#options.onOctets(this.session);
    } else if (!this.isOver) {
      this.#options.onEarly(this.session);
      this.send(tooEarly.code, replyText(tooEarly), false);
      this.close();
    }
  }

  /** Handles quoted local parts, because smtp-server splits the path at any space and "@". */
  override _parseAddressCommand(
    name: string,
    command: string | Buffer,
  ): ReturnType<SMTPConnection["_parseAddressCommand"]> {
    const { command: plain, localPart } = plainPath(command.toString());
    if (plain === undefined) return false;
    const parsed = super._parseAddressCommand(name, plain);
    if (parsed === false || localPart === undefined) return parsed;
    return {
      ...parsed,
      address: localPart + parsed.address.slice(parsed.address.lastIndexOf("@")),
    };
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    const { commandsPerSession, commandTimeout } = this.#options.sessionLimits;
    this.#commands++;
    if (this.#commands > commandsPerSession) {
      this.send(421, "4.7.0 too many commands without a message");
      return;
    }
    this.#arm(commandTimeout);
    super._onCommand(command, callback);
  }

  /** Also decides whether EHLO offers XCLIENT: hosts that may not use it do not see it. */
  override _proxyCommandAllowed(command: string, option: "useXClient" | "useXForward"): boolean {
    return (
      super._proxyCommandAllowed(command, option) &&
      command === "XCLIENT" &&
      this.#options.mayUseXclient(this._originalRemoteAddress)
    );
  }

  /** Forgets the login, which smtp-server keeps if the host reports no login of the new client. */
  override handler_XCLIENT(command: Buffer, callback: () => void): void {
    if (
      this._proxyCommandAllowed("XCLIENT", "useXClient") &&
      otherClient.test(command.toString("latin1"))
    ) {
      this.session.user = undefined;
    }
    super.handler_XCLIENT(command, callback);
  }

  override handler_DATA(command: Buffer, callback: () => void): void {
    this.#isInData = true;
    super.handler_DATA(command, callback);
    this.#arm(this.#options.sessionLimits.dataTimeout);
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (typeof data === "string" && enhancedCode.test(data)) {
      super.send(code, data.includes("\n") ? data.split("\n") : data, false);
    } else {
      super.send(code, data, context);
    }
    if (this.#isInData && code !== 354) {
      this.#isInData = false;
      if (code === 250) this.#commands = 0;
    }
    if (code >= 400 && code !== 421) {
      this.#errors++;
      if (this.#errors > this.#options.sessionLimits.errorsPerSession) {
        super.send(421, "4.7.0 too many errors in one session", false);
      }
    }
  }

  override _resetSession(): void {
    super._resetSession();
    this.#options.onReset(this.session);
  }

  override _onClose(): void {
    clearTimeout(this.#deadline);
    super._onClose();
  }

  /** smtp-server's own timeout is for silence only, so a client could stay by sending an octet now and then. */
  #arm(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#late(), ms);
    this.#deadline.unref();
  }

  #late(): void {
    const receiving = this._parser !== false && this._parser._dataMode;
    if (!receiving && (this._handlerPending || isStream(this._dataStream))) {
      // The client is waiting for us.
      this.#arm(this.#options.sessionLimits.commandTimeout);
      return;
    }
    this.send(421, "4.4.2 timeout, closing the connection");
  }
}

function isStream(stream: unknown): boolean {
  return typeof stream === "object" && stream !== null;
}

/** RFC 5321 4.1.2 Quoted-string, and RFC 6531 3.3: only printable ASCII may follow a backslash. */
const quotedPath =
  /^([^:]*:\s*<(?:@[^\s,:@"<>]+(?:,@[^\s,:@"<>]+)*:)?)("(?:[ !#-[\]-~\u00A0-\u{10FFFF}]|\\[ -~])*")(@[^\s"<>@]*>.*)$/su;
/** Characters that an atom may not contain (RFC 5321 4.1.2). smtp-server checks for white space, "@" and angle brackets. */
const noAtom = /["\\()[\],;:]/;
const unquotedPath = /^[^:]*:\s*<(?:@[^\s,:@]+(?:,@[^\s,:@]+)*:)?([^@>]*)/;
/** Invisible characters, which no address should contain. */
const invisible = /[\u200B\u2060\uFEFF]/;

/** A MAIL or RCPT command without a quoted local part. */
interface PlainPath {
  /** Undefined if the local part is invalid. */
  readonly command: string | undefined;
  /** The quoted local part that a placeholder of the same length stands for in `command`. */
  readonly localPart?: string;
}

/** Replaces a quoted local part, which may contain spaces, "@" and ">", by a plain one. Linear. */
function plainPath(command: string): PlainPath {
  const quoted = quotedPath.exec(command);
  if (quoted !== null) {
    const [, before = "", localPart = "", after = ""] = quoted;
    return invisible.test(localPart)
      ? { command: undefined }
      : { command: before + "q".repeat(localPart.length) + after, localPart };
  }
  const [, localPart = ""] = unquotedPath.exec(command) ?? [];
  return { command: noAtom.test(localPart) ? undefined : command };
}
