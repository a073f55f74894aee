import type { Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { refusal, type Reply, replyText } from "@mailseal/delivery";
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from "smtp-server";
import { SMTPConnection, type SMTPConnectionOptions } from "smtp-server/lib/smtp-connection";
import { DataParser } from "./data-stream.ts";

/** Bounds of one session. */
interface SessionLimits {
  /** Since the last message that was taken: who sends mail may go on. */
  readonly commandsPerSession: number;
  readonly errorsPerSession: number;
  /** For a command to come in whole, from the last reply. */
  readonly commandTimeout: number;
  /** For a message to come in whole. */
  readonly dataTimeout: number;
}

export interface RelayServerOptions extends SMTPServerOptions {
  readonly sessionLimits: SessionLimits;
  /** Asked before every XCLIENT, with the address that the connection came from. */
  readonly mayUseXclient: (address: string) => boolean;
  /** RSET, EHLO, or the end of a session or transaction: what was begun is void. */
  readonly onReset: (session: SMTPServerSession) => void;
  /** How long a client of this address waits for the greeting. */
  readonly greetingDelayMs: (address: string) => number;
  /** The client has sent something before the greeting, and is refused. */
  readonly onEarly: (session: SMTPServerSession) => void;
  /** The client has sent something. */
  readonly onOctets: (session: SMTPServerSession) => void;
}

/** RFC 5321 3.1: a client waits for the greeting. What does not is often a program that sends spam. */
export const tooEarly: Reply = refusal(554, "5.5.1", "commands before the greeting are refused");

const otherClient = /\s(?:ADDR|LOGIN)=/i;
const enhancedCode = /^[245]\.\d{1,3}\.\d{1,3}(?: |$)/;

/**
 * smtp-server with what a relay needs besides: no pause before the greeting (100 ms for each
 * connection), bounds for each session, and replies of a next hop as they came.
 */
export class RelaySmtpServer extends SMTPServer {
  readonly relayOptions: RelayServerOptions;
  /** `connections` and those besides whose client has been sent all, and has not closed its side. */
  readonly unended: Set<SMTPConnection> = new Set();
  readonly #bySession = new WeakMap<SMTPServerSession, RelaySmtpConnection>();

  constructor(options: RelayServerOptions) {
    super(options);
    this.relayOptions = options;
  }

  /** Calls `done` unless the client talks meanwhile, or goes. */
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
  #messageBegun = false;
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
    // Each reply is one write, and must not wait until the client acknowledges the one before.
    this._socket.setNoDelay(true);
    this._setListeners(() => {
      this.#arm(this.#options.sessionLimits.commandTimeout);
      this.connectionReady();
    });
  }

  /** Called before the fields of this class are there. */
  override _createParser(): DataParser {
    const { maxCommandLength } = this._server.options;
    const parser = new DataParser({ maxCommandLength });
    parser.onOctets = () => this.#onOctets();
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.on("error", (error) => this.send(421, `4.5.2 ${error.message}`));
    return parser;
  }

  /**
   * Called when the client has been let in. Its octets are read meanwhile: what came with the connection is
   * here after two turns of the event loop.
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

  /** The path is read here: smtp-server's own way splits it at any space and "@". */
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

  /** Also where XCLIENT is offered: a host that may not use it does not see it. */
  override _proxyCommandAllowed(command: string, option: "useXClient" | "useXForward"): boolean {
    return (
      super._proxyCommandAllowed(command, option) &&
      command === "XCLIENT" &&
      this.#options.mayUseXclient(this._originalRemoteAddress)
    );
  }

  /** smtp-server keeps the login of before where the host says that it does not know the new client's. */
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
    this.#messageBegun = true;
    super.handler_DATA(command, callback);
    this.#arm(this.#options.sessionLimits.dataTimeout);
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (typeof data === "string" && enhancedCode.test(data)) {
      super.send(code, data.includes("\n") ? data.split("\n") : data, false);
    } else {
      super.send(code, data, context);
    }
    if (this.#messageBegun && code !== 354) {
      this.#messageBegun = false;
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

  /** smtp-server's own timeout is for silence only; a client that sends an octet now and then would hold on. */
  #arm(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#late(), ms);
    this.#deadline.unref();
  }

  #late(): void {
    const receiving = this._parser !== false && this._parser._dataMode;
    if (!receiving && (this._handlerPending || isStream(this._dataStream))) {
      // It is we who keep the client waiting.
      this.#arm(this.#options.sessionLimits.commandTimeout);
      return;
    }
    this.send(421, "4.4.2 timeout, closing the connection");
  }
}

function isStream(stream: unknown): boolean {
  return typeof stream === "object" && stream !== null;
}

/** RFC 5321 4.1.2 Quoted-string, and RFC 6531 3.3: what follows a backslash is ASCII that can be printed. */
const quotedPath =
  /^([^:]*:\s*<(?:@[^\s,:@"<>]+(?:,@[^\s,:@"<>]+)*:)?)("(?:[ !#-[\]-~\u00A0-\u{10FFFF}]|\\[ -~])*")(@[^\s"<>@]*>.*)$/su;
/** What is in no atom (RFC 5321 4.1.2). smtp-server looks for white space, "@" and angle brackets. */
const noAtom = /["\\()[\],;:]/;
const unquotedPath = /^[^:]*:\s*<(?:@[^\s,:@]+(?:,@[^\s,:@]+)*:)?([^@>]*)/;
/** Not to be seen in any name. */
const invisible = /[\u200B\u2060\uFEFF]/;

/** A MAIL or RCPT command that any parser understands. */
interface PlainPath {
  /** Undefined: the local part is none. */
  readonly command: string | undefined;
  /** In the place of the one in `command`, which is as long. */
  readonly localPart?: string;
}

/** Puts a plain local part in the place of one in quotes, which may hold spaces, "@" and ">". Linear. */
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
