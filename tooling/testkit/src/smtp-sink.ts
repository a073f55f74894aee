import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { ByteReader } from "./byte-reader.ts";

/** A message that the sink has taken, with the reply `250`. */
export interface SinkMessage {
  /** The argument of MAIL FROM, brackets and parameters and all. */
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
  /** The content as it was sent, dots no longer doubled, with its last CRLF. */
  readonly bytes: Buffer;
  /** From 0, in the order in which connections came. */
  readonly connection: number;
}

/** Something that the sink can react to. "content" is the arrival of the first bytes after DATA. */
export interface SinkEvent {
  readonly stage: "connect" | "helo" | "mail" | "rcpt" | "data" | "content" | "message";
  /** The command's line; "" for connect and content. */
  readonly line: string;
  readonly connection: number;
  /** How many messages the sink had taken before. */
  readonly taken: number;
}

/** A reply in place of the usual one, as "450 4.3.0 Later"; or no reply ever; or the connection cut. */
export type SinkReaction = string | "hang" | "drop" | undefined;

export interface SmtpSinkOptions {
  /** Exceptions from accepting everything; undefined accepts. */
  readonly react?: (event: SinkEvent) => SinkReaction | Promise<SinkReaction>;
  /** Keywords of EHLO. */
  readonly extensions?: readonly string[];
  /** Where it listens; by default on a port of 127.0.0.1 that the system chooses. */
  readonly place?: { readonly host: string; readonly port: number };
  /** Receives each message instead of `messages`, if there are too many to keep. */
  readonly onMessage?: (message: SinkMessage) => void;
}

const defaultExtensions: readonly string[] = [
  "PIPELINING",
  "SIZE 104857600",
  "8BITMIME",
  "SMTPUTF8",
  "ENHANCEDSTATUSCODES",
  "DSN",
];

/** An SMTP server that keeps every message, byte for byte. */
export class SmtpSink {
  readonly port: number;
  readonly messages: SinkMessage[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiting: ((message: SinkMessage) => void)[] = [];
  #connections = 0;
  #given = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
    const { host, port } = options.place ?? { host: "127.0.0.1", port: 0 };
    const server = createServer({ noDelay: true }).listen(port, host);
    await once(server, "listening");
    const address = server.address();
    const sink = new SmtpSink(server, typeof address === "object" ? (address?.port ?? 0) : 0);
    server.on("connection", (socket) => void sink.#serve(socket, options));
    return sink;
  }

  /** How many connections there have been. */
  get connections(): number {
    return this.#connections;
  }

  /** The first message that no earlier call has returned; waits for it. */
  next(): Promise<SinkMessage> {
    const message = this.messages[this.#given];
    this.#given += 1;
    if (message !== undefined) return Promise.resolve(message);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Cuts every connection and stops listening. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(socket: Socket, options: SmtpSinkOptions): Promise<void> {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    const { onMessage = (message) => this.#take(message) } = options;
    const dialogue = new SinkDialogue(socket, options, this.#connections, onMessage);
    this.#connections += 1;
    await dialogue.run(() => this.messages.length);
    socket.end();
  }

  #take(message: SinkMessage): void {
    this.messages.push(message);
    this.#waiting.shift()?.(message);
  }
}

/** Ends a dialogue from within. */
class Dropped extends Error {}

class SinkDialogue {
  readonly #socket: Socket;
  readonly #options: SmtpSinkOptions;
  readonly #connection: number;
  readonly #onMessage: (message: SinkMessage) => void;
  readonly #reader: ByteReader;
  #taken: () => number = () => 0;
  #mailFrom: string | undefined;
  #rcptTo: string[] = [];

  constructor(
    socket: Socket,
    options: SmtpSinkOptions,
    connection: number,
    onMessage: (message: SinkMessage) => void,
  ) {
    this.#socket = socket;
    this.#options = options;
    this.#connection = connection;
    this.#onMessage = onMessage;
    this.#reader = new ByteReader(socket);
  }

  async run(taken: () => number): Promise<void> {
    this.#taken = taken;
    try {
      await this.#reply("connect", "", "220 sink.test ESMTP");
      for (
        let line = await this.#reader.line();
        line !== undefined;
        line = await this.#reader.line()
      ) {
        if (/^quit\b/i.test(line)) {
          this.#socket.write("221 2.0.0 Bye\r\n");
          return;
        }
        await this.#command(line);
      }
    } catch (error) {
      this.#socket.destroy();
      if (!(error instanceof Dropped)) throw error;
    }
  }

  async #command(line: string): Promise<void> {
    const [, verb = "", argument = ""] = /^(\w+)\s*(?:(?:from|to):)?\s*(.*)$/i.exec(line) ?? [];
    switch (verb.toUpperCase()) {
      case "EHLO": {
        const names = ["sink.test", ...(this.#options.extensions ?? defaultExtensions)];
        const lines = names.map((name, at) => `250${at < names.length - 1 ? "-" : " "}${name}`);
        await this.#reply("helo", line, lines.join("\r\n"));
        return;
      }
      case "HELO":
        await this.#reply("helo", line, "250 sink.test");
        return;
      case "MAIL":
        if (await this.#reply("mail", line, "250 2.1.0 Ok")) this.#begin(argument);
        return;
      case "RCPT":
        if (this.#mailFrom === undefined) this.#socket.write("503 5.5.1 MAIL first\r\n");
        else if (await this.#reply("rcpt", line, "250 2.1.5 Ok")) this.#rcptTo.push(argument);
        return;
      case "DATA":
        if (this.#rcptTo.length === 0) this.#socket.write("503 5.5.1 RCPT first\r\n");
        else if (await this.#reply("data", line, "354 Go on")) await this.#content(line);
        return;
      case "RSET":
        this.#begin(undefined);
        this.#socket.write("250 2.0.0 Ok\r\n");
        return;
      case "NOOP":
        this.#socket.write("250 2.0.0 Ok\r\n");
        return;
      default:
        this.#socket.write("500 5.5.2 Unknown command\r\n");
    }
  }

  #begin(mailFrom: string | undefined): void {
    this.#mailFrom = mailFrom;
    this.#rcptTo = [];
  }

  async #content(line: string): Promise<void> {
    const content = await this.#reader.content(async () => {
      const reply = await this.#react("content", "");
      // A server may refuse in the middle, and hear the rest all the same.
      if (reply !== undefined) this.#socket.write(`${reply}\r\n`);
    });
    if (content === undefined) throw new Dropped();
    const message: SinkMessage = {
      mailFrom: this.#mailFrom ?? "",
      rcptTo: this.#rcptTo,
      bytes: withoutDoubledDots(content),
      connection: this.#connection,
    };
    const refused = await this.#react("message", line);
    // The message is kept before it is acknowledged, as in a real server.
    if (refused === undefined) this.#onMessage(message);
    this.#socket.write(`${refused ?? "250 2.0.0 Taken"}\r\n`);
    this.#begin(undefined);
  }

  /** True if the usual reply was sent. */
  async #reply(stage: SinkEvent["stage"], line: string, usual: string): Promise<boolean> {
    const reaction = await this.#react(stage, line);
    this.#socket.write(`${reaction ?? usual}\r\n`);
    return reaction === undefined;
  }

  async #react(stage: SinkEvent["stage"], line: string): Promise<string | undefined> {
    const event = { stage, line, connection: this.#connection, taken: this.#taken() };
    const reaction = await this.#options.react?.(event);
    if (reaction === "drop") throw new Dropped();
    if (reaction === "hang") {
      // Until the other side gives up, or the sink is closed.
      await once(this.#socket, "close");
      throw new Dropped();
    }
    return reaction;
  }
}

function withoutDoubledDots(content: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let start = content[0] === 0x2e ? 1 : 0;
  for (let at = content.indexOf("\r\n."); at !== -1; at = content.indexOf("\r\n.", at + 2)) {
    pieces.push(content.subarray(start, at + 2));
    start = at + 3;
  }
  pieces.push(content.subarray(start));
  return Buffer.concat(pieces);
}
