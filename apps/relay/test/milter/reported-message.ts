import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What an MTA reports of one message. */
export interface ReportedMessage {
  /** Family, port and address of the client: "4", 40000 and "192.0.2.7" unless said. */
  readonly client?: { readonly family: "4" | "6" | "L" | "U"; port?: number; address?: string };
  /** Names without braces. */
  readonly macros?: Readonly<Record<string, string>>;
  readonly from?: string;
  /** Lines "Name: value". */
  readonly header: readonly string[];
  readonly body?: string;
}

/** What the filter said at the end: fields as "Name: value", and the letter of its answer with its text. */
export interface MilterAnswer {
  readonly answer: string;
  /** With the index that each was inserted at. */
  readonly inserted: readonly string[];
  /** To the end of the header. */
  readonly added: readonly string[];
  /** "Name 1", by number from the top. */
  readonly removed: readonly string[];
}

/** Reports one message as an MTA of version 6 that wants a reply to every step, over TCP. */
export async function reportMessage(port: number, message: ReportedMessage): Promise<MilterAnswer> {
  const socket = connect({ host: "127.0.0.1", port });
  await once(socket, "connect");
  try {
    return await report(new Packets(socket), message);
  } finally {
    socket.destroy();
  }
}

async function report(packets: Packets, message: ReportedMessage): Promise<MilterAnswer> {
  const { client = { family: "4" }, macros = {}, from = "alice@example.com" } = message;
  await packets.ask("O", uint32(6, 0x1ff, 0));
  const connected = await packets.ask("C", "client.example\0", client.family, connectInfo(client));
  if (connected.letter !== "c") {
    return { answer: shown(connected.letter, connected.payload), ...nothing };
  }
  await packets.ask("H", "client.example\0");
  const pairs = Object.entries(macros).map(([name, value]) => `{${name}}\0${value}\0`);
  packets.send("D", "M", ...pairs);
  for (const [letter, text] of [
    ["M", `<${from}>`],
    ["R", "<bob@example.net>"],
  ] as const) {
    const { letter: answer, payload } = await packets.ask(letter, `${text}\0`);
    if (answer !== "c") return { answer: shown(answer, payload), ...nothing };
  }
  await packets.ask("T");
  for (const line of message.header) {
    const colon = line.indexOf(":");
    await packets.ask("L", `${line.slice(0, colon)}\0${line.slice(colon + 1).trimStart()}\0`);
  }
  await packets.ask("N");
  await packets.ask("B", message.body ?? "Hello.\r\n");
  packets.send("E");
  return changes(packets);
}

const nothing = { inserted: [], added: [], removed: [] };

async function changes(packets: Packets): Promise<MilterAnswer> {
  const [inserted, added, removed]: [string[], string[], string[]] = [[], [], []];
  for (;;) {
    const { letter, payload } = await packets.reply();
    const [name = "", value = ""] = payload
      .toString("latin1", "im".includes(letter) ? 4 : 0)
      .split("\0");
    if (letter === "i") inserted.push(`${name}: ${value.trimStart()}`);
    else if (letter === "h") added.push(`${name}: ${value.trimStart()}`);
    else if (letter === "m") removed.push(`${name} ${payload.readUInt32BE(0)}`);
    else if (letter !== "p") return { answer: shown(letter, payload), inserted, added, removed };
  }
}

function shown(letter: string, payload: Buffer): string {
  return `${letter}${payload.toString("latin1").replaceAll("\0", "")}`;
}

function connectInfo({
  family,
  port = 40_000,
  address = "192.0.2.7",
}: NonNullable<ReportedMessage["client"]>): Buffer {
  if (family === "U") return Buffer.alloc(0);
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(port);
  return Buffer.concat([bytes, Buffer.from(`${address}\0`)]);
}

function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
}

/** Packets of the milter protocol on a socket. */
class Packets {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  #received = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  send(letter: string, ...parts: readonly (string | Uint8Array)[]): void {
    const payload = Buffer.concat([
      Buffer.from(letter),
      ...parts.map((it) => Buffer.from(it as string)),
    ]);
    this.#socket.write(Buffer.concat([uint32(payload.length), payload]));
  }

  ask(letter: string, ...parts: readonly (string | Uint8Array)[]): Promise<Packet> {
    this.send(letter, ...parts);
    return this.reply();
  }

  async reply(): Promise<Packet> {
    for (;;) {
      const length = this.#received.length >= 4 ? this.#received.readUInt32BE(0) : Infinity;
      if (this.#received.length >= 4 + length) {
        const packet = this.#received.subarray(4, 4 + length);
        this.#received = this.#received.subarray(4 + length);
        return { letter: packet.toString("latin1", 0, 1), payload: packet.subarray(1) };
      }
      const { value, done } = await this.#chunks.next();
      if (done === true) throw new Error("the filter ended the connection");
      this.#received = Buffer.concat([this.#received, value]);
    }
  }
}

interface Packet {
  readonly letter: string;
  readonly payload: Buffer;
}
