import { Duplex, PassThrough, type Readable, type Writable } from "node:stream";

/** A packet from the filter, as the MTA sees it. Written against mfdef.h, not against `@mailseal/milter`. */
export interface ReceivedPacket {
  readonly letter: string;
  readonly payload: Buffer;
}

export function packet(letter: string, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const payload = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(payload.length + 1);
  return Buffer.concat([length, Buffer.from(letter, "latin1"), payload]);
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * at);
  return bytes;
}

export function strings(...texts: readonly string[]): string {
  return texts.map((text) => `${text}\0`).join("");
}

/** Postfix 3.7 offers every action and every step flag. */
export const everyAction = 0x1ff;
export const everyStep = 0x1fffff;

interface Offer {
  readonly version?: number;
  readonly actions?: number;
  readonly steps?: number;
}

/** Both ends of a connection in memory. */
export function connection(): { readonly filter: Duplex; readonly mta: ScriptedMta } {
  const toFilter = new PassThrough();
  const toMta = new PassThrough();
  const filter = Duplex.from({ readable: toFilter, writable: toMta });
  return { filter, mta: new ScriptedMta(toFilter, toMta) };
}

/** The MTA's end of a milter connection: sends the packets that a test asks for, and reads the filter's. */
export class ScriptedMta {
  readonly #out: Writable;
  readonly #in: Readable;
  readonly #packets: ReceivedPacket[] = [];
  readonly #waiting: ((packet: ReceivedPacket | undefined) => void)[] = [];
  #received = Buffer.alloc(0);
  #ended = false;

  constructor(out: Writable, input: Readable) {
    this.#out = out;
    this.#in = input;
    out.on("error", () => {});
    input.on("error", () => {});
    input.on("data", (chunk: Buffer) => this.#take(chunk));
    input.on("close", () => this.#end());
    input.on("end", () => this.#end());
  }

  send(...packets: readonly Uint8Array[]): void {
    this.#out.write(Buffer.concat(packets));
  }

  /** Negotiates and returns the filter's numbers. */
  async negotiate({ version = 6, actions = everyAction, steps = everyStep }: Offer = {}): Promise<{
    readonly version: number;
    readonly actions: number;
    readonly steps: number;
    readonly rest: Buffer;
  }> {
    this.send(packet("O", uint32(version, actions, steps)));
    const { letter, payload } = await this.reply();
    if (letter !== "O") throw new Error(`expected O, got ${letter}`);
    return {
      version: payload.readUInt32BE(0),
      actions: payload.readUInt32BE(4),
      steps: payload.readUInt32BE(8),
      rest: payload.subarray(12),
    };
  }

  /** Sends a command and returns the filter's next packet. */
  async ask(letter: string, ...parts: readonly (string | Uint8Array)[]): Promise<ReceivedPacket> {
    this.send(packet(letter, ...parts));
    return this.reply();
  }

  /** Like `ask`, but only the reply's letter; with its text if it has one. */
  async say(letter: string, ...parts: readonly (string | Uint8Array)[]): Promise<string> {
    const reply = await this.ask(letter, ...parts);
    return reply.letter + reply.payload.toString("latin1").replaceAll("\0", "|");
  }

  /** The filter's next packet. Rejects when the connection ends. */
  async reply(): Promise<ReceivedPacket> {
    const received = await this.replyOrEnd();
    if (received === undefined) throw new Error("the filter ended the connection");
    return received;
  }

  /** The filter's next packet; undefined when the connection ends. */
  replyOrEnd(): Promise<ReceivedPacket | undefined> {
    const received = this.#packets.shift();
    if (received !== undefined || this.#ended) return Promise.resolve(received);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The letters of packets that have arrived and were not asked for. */
  get unread(): readonly string[] {
    return this.#packets.map(({ letter }) => letter);
  }

  /** Ends the connection as a process that dies does. */
  vanish(): void {
    this.#out.end();
  }

  /** Resets the connection. */
  reset(): void {
    this.#out.destroy(new Error("ECONNRESET"));
  }

  /** Reads no more of what the filter writes. */
  pause(): void {
    this.#in.pause();
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4) {
      const length = this.#received.readUInt32BE(0);
      if (this.#received.length < 4 + length) return;
      const letter = this.#received.toString("latin1", 4, 5);
      const received = { letter, payload: this.#received.subarray(5, 4 + length) };
      this.#received = this.#received.subarray(4 + length);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#packets.push(received);
      else waiting(received);
    }
  }

  #end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting(undefined);
  }
}
