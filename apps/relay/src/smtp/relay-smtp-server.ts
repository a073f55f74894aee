/* oxlint-disable no-underscore-dangle -- the members that smtp-server leaves to subclasses */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from "smtp-server";
import { SMTPConnection, type SMTPConnectionOptions } from "smtp-server/lib/smtp-connection";
import { DataParser } from "./data-parser.ts";

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
  /** The client has sent something. */
  readonly onOctets: (session: SMTPServerSession) => void;
}

const enhancedCode = /^[245]\.\d{1,3}\.\d{1,3}(?: |$)/;

/**
 * smtp-server with what a relay needs besides: no pause before the greeting (100 ms for each
 * connection), bounds for each session, and replies of a next hop as they came.
 */
export class RelaySmtpServer extends SMTPServer {
  readonly relayOptions: RelayServerOptions;

  constructor(options: RelayServerOptions) {
    super(options);
    this.relayOptions = options;
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new RelaySmtpConnection(this, socket, options);
    this.connections.add(connection);
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
    parser.onOctets = () => this.#options.onOctets(this.session);
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.on("error", (error) => this.send(421, `4.5.2 ${error.message}`));
    return parser;
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
