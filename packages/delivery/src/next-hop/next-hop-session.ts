import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Reply } from "../reply.ts";
import { ReplyReader } from "./reply-reader.ts";

/** The connection ended before the reply arrived. */
export class ConnectionLost extends Error {
  constructor(text: string, options?: ErrorOptions) {
    super(text, options);
    this.name = "ConnectionLost";
  }
}

/** Messages up to this size are sent in one write. */
const gatheredBytes = 128 * 1024;

interface PendingReply {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: ConnectionLost) => void;
}

/** The keywords of an EHLO reply with their parameters. */
export type Extensions = ReadonlyMap<string, string>;

/**
 * An open SMTP session with the next hop, after EHLO, TLS and AUTH: commands, replies and messages. It serves one
 * transaction at a time.
 *
 * ```ts
 * const session = await pool.acquire();
 * try {
 *   console.log(session.extensions.has("SMTPUTF8"));
 * } finally {
 *   pool.release(session, "clean");
 * }
 * ```
 */
export class NextHopSession {
  readonly extensions: Extensions;
  /** The number of transactions that were started on it. */
  transactions = 0;
  idleSinceMs = 0;
  readonly #socket: Socket;
  /** The server's name, for its replies. */
  readonly #host: string;
  readonly #replies = new ReplyReader();
  readonly #timer: NodeJS.Timeout;
  #awaited: PendingReply[] = [];
  #lost: ConnectionLost | undefined;
  #onLost: (() => void) | undefined;

  /** `timeoutMs` limits the wait for each reply, and each step of sending. */
  constructor(socket: Socket, extensions: Extensions, host: string, timeoutMs: number) {
    this.#socket = socket;
    this.extensions = extensions;
    this.#host = host;
    this.#timer = setTimeout(() => this.#timedOut(timeoutMs), timeoutMs);
    this.#timer.unref();
    // Nagle's algorithm would hold back the last write until the one before it is acknowledged.
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => this.#lose(`the connection failed: ${error.message}`));
    socket.on("end", () => this.#lose("the next hop closed the connection"));
    socket.on("close", () => this.#lose("the next hop closed the connection"));
  }

  get isAlive(): boolean {
    return this.#lost === undefined;
  }

  /** `listener` is called once, when the session ends. */
  onLost(listener: () => void): void {
    this.#onLost = listener;
  }

  /** Sends commands, together if the next hop has PIPELINING, and resolves to their replies. Throws `ConnectionLost`. */
  async exchange(commands: readonly string[]): Promise<Reply[]> {
    if (this.extensions.has("PIPELINING")) {
      return Promise.all(this.#send(commands));
    }
    const replies: Reply[] = [];
    for (const command of commands) {
      replies.push(...(await Promise.all(this.#send([command]))));
    }
    return replies;
  }

  /**
   * Sends the message after the 354 and resolves to the final reply. `onSent` is called when all of it, with the final
   * dot, was handed to the system. If reading `chunks` fails, the connection is dropped, so that the next hop never
   * sees the end of an incomplete message.
   */
  async transmit(
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    onSent: () => void,
  ): Promise<Reply> {
    const stuffer = new DotStuffer();
    const reply = this.#expect();
    // It is awaited at the end. Until then, a lost connection must not count as an unhandled rejection.
    reply.catch(() => undefined);
    let rest: Uint8Array;
    try {
      rest = await this.#sendContent(chunks, stuffer);
    } catch (error) {
      this.destroy("the message could not be read to its end");
      throw error;
    }
    if (this.#awaited.length === 0) {
      // A reply before the end of the message cannot be a success.
      this.destroy("the next hop replied before the message was sent");
      return reply;
    }
    this.#timer.refresh();
    this.#socket.write(Buffer.concat([rest, Buffer.from(stuffer.end())]));
    onSent();
    return reply;
  }

  /** Ends the session with QUIT, without waiting for the reply. */
  quit(): void {
    if (this.#lost === undefined) {
      this.#socket.end("QUIT\r\n");
      this.#socket.setTimeout(5000, () => this.#socket.destroy());
      this.#lose("we closed the connection");
    }
  }

  /** Cuts the connection. */
  destroy(reason: string): void {
    this.#socket.destroy();
    this.#lose(reason);
  }

  #send(commands: readonly string[]): Promise<Reply>[] {
    this.#timer.refresh();
    const replies = commands.map(() => this.#expect());
    if (this.#lost === undefined) {
      this.#socket.write(`${commands.join("\r\n")}\r\n`);
    }
    return replies;
  }

  #expect(): Promise<Reply> {
    if (this.#lost !== undefined) {
      return Promise.reject(this.#lost);
    }
    return new Promise((resolve, reject) => this.#awaited.push({ resolve, reject }));
  }

  /** Sends all but the last piece, and returns that: the caller sends it in one write with the final dot. */
  async #sendContent(
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    stuffer: DotStuffer,
  ): Promise<Uint8Array> {
    let gathered: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of chunks) {
      if (size >= gatheredBytes) {
        await this.#write(Buffer.concat(gathered, size));
        gathered = [];
        size = 0;
      }
      const stuffed = stuffer.push(chunk);
      gathered.push(stuffed);
      size += stuffed.length;
      if (this.#awaited.length === 0) {
        break;
      }
    }
    return Buffer.concat(gathered, size);
  }

  /** Resolves at once, or when the socket's buffer has drained. */
  async #write(bytes: Uint8Array): Promise<void> {
    this.#timer.refresh();
    if (this.#lost !== undefined) {
      throw this.#lost;
    }
    if (this.#socket.write(bytes)) {
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const done = (): void => {
        this.#socket.off("drain", done);
        this.#socket.off("close", done);
        if (this.#lost === undefined) {
          resolve();
        } else {
          reject(this.#lost);
        }
      };
      this.#socket.on("drain", done);
      this.#socket.on("close", done);
    });
  }

  #read(chunk: Uint8Array): void {
    try {
      for (const reply of this.#replies.push(chunk)) {
        const awaited = this.#awaited.shift();
        if (awaited === undefined) {
          this.destroy("the next hop sent a reply without a command");
          return;
        }
        awaited.resolve({ ...reply, host: this.#host });
        if (reply.code === 421) {
          // RFC 5321 4.2.1: the server closes the connection after this reply to any command.
          this.destroy("the next hop is closing the connection");
          return;
        }
      }
    } catch (error) {
      this.destroy(error instanceof Error ? error.message : String(error));
    }
  }

  #timedOut(timeoutMs: number): void {
    if (this.#awaited.length > 0) {
      this.destroy(`the next hop did not reply within ${timeoutMs} ms`);
    }
  }

  #lose(reason: string): void {
    if (this.#lost !== undefined) {
      return;
    }
    this.#lost = new ConnectionLost(reason);
    clearTimeout(this.#timer);
    const awaited = this.#awaited;
    this.#awaited = [];
    for (const { reject } of awaited) {
      reject(this.#lost);
    }
    this.#onLost?.();
  }
}

const dot = 0x2e;
const lf = 0x0a;
const lineDot = "\n.";

/** Doubles dots at the start of a line (RFC 5321 4.5.2), in pieces of any size; all line ends must be CRLF. */
export class DotStuffer {
  #atLineStart = true;

  /** Returns `chunk` itself if no line in it begins with a dot. */
  push(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) {
      return chunk;
    }
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const isStuffed = (this.#atLineStart && bytes[0] === dot) || bytes.includes(lineDot);
    const stuffed = isStuffed ? this.#stuffed(bytes) : chunk;
    this.#atLineStart = bytes.at(-1) === lf;
    return stuffed;
  }

  /** Copies octet by octet: a view of each line would be slower if many lines begin with a dot. */
  #stuffed(bytes: Uint8Array): Uint8Array {
    const stuffed = Buffer.allocUnsafe(bytes.length * 2);
    let length = 0;
    let isLineStart = this.#atLineStart;
    for (const octet of bytes) {
      if (isLineStart && octet === dot) {
        stuffed[length++] = dot;
      }
      stuffed[length++] = octet;
      isLineStart = octet === lf;
    }
    return stuffed.subarray(0, length);
  }

  /** The end of the message: the final dot, after a line end if the content has none. */
  end(): string {
    return this.#atLineStart ? ".\r\n" : "\r\n.\r\n";
  }
}
