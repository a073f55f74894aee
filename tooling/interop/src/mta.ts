import { connect, type Socket } from "node:net";

/** What a mail server tells a milter of a message. */
export interface MtaMessage {
  /** Name and address of the SMTP client. */
  readonly client: { readonly name: string; readonly address: string };
  readonly from: string;
  readonly recipients: readonly string[];
  readonly macros: Readonly<Record<string, string>>;
  /** Header fields as name and value, the value without the space after the colon. */
  readonly header: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** What a milter answered. */
export interface MtaAnswer {
  /** The fields it adds or inserts, in the order of its packets. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly action: "accept" | "continue" | "tempfail" | "reject" | "discard" | "reply";
}

const leadingSpace = 0x10_0000;
/** All the actions, and the steps that may be left out; every step that is taken is answered. */
const offer = { version: 6, actions: 0x1ff, protocol: 0x7f | 0x100 | 0x200 | 0x400 | leadingSpace };
/** Which step may be left out, by the command's letter. */
const leftOut: ReadonlyMap<string, number> = new Map([
  ["C", 0x01],
  ["H", 0x02],
  ["M", 0x04],
  ["R", 0x08],
  ["B", 0x10],
  ["L", 0x20],
  ["N", 0x40],
]);
const finalActions: ReadonlyMap<string, MtaAnswer["action"]> = new Map([
  ["a", "accept"],
  ["c", "continue"],
  ["t", "tempfail"],
  ["r", "reject"],
  ["d", "discard"],
  ["y", "reply"],
]);

/** Plays the mail server's side of the milter protocol for one message, over a connection of its own. */
export async function askMilter(port: number, message: MtaMessage): Promise<MtaAnswer> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.setNoDelay(true);
  socket.setTimeout(20_000, () => socket.destroy(new Error("the milter is silent")));
  const packets = readPackets(socket);
  const fields: (readonly [string, string])[] = [];
  try {
    socket.write(packet("O", numbers(offer.version, offer.actions, offer.protocol)));
    const { bytes } = await next(packets);
    const protocol = bytes.readUInt32BE(8);
    const lead = (protocol & leadingSpace) === 0 ? "" : " ";
    const step = async (letter: string, data: Buffer): Promise<MtaAnswer["action"]> => {
      if ((protocol & (leftOut.get(letter) ?? 0)) !== 0) return "continue";
      socket.write(packet(letter, data));
      for (;;) {
        const answer = await next(packets);
        const parts = answer.bytes.toString("latin1").split("\0");
        if (answer.letter === "h") fields.push([parts[0] ?? "", parts[1] ?? ""]);
        if (answer.letter === "i") {
          const [name = "", value = ""] = answer.bytes.subarray(4).toString("latin1").split("\0");
          fields.push([name, value]);
        }
        if (answer.letter === "s") return "continue";
        const action = finalActions.get(answer.letter);
        if (action !== undefined) return action;
      }
    };
    const { client, header, body } = message;
    const macros = Object.entries({ i: "Q1", j: "mx.example.org", ...message.macros }).flat();
    const steps: (readonly [string, Buffer])[] = [
      [
        "C",
        Buffer.concat([text(client.name), Buffer.from("4"), port16(40_000), text(client.address)]),
      ],
      ["H", text("client.example.org")],
      ["M", text(`<${message.from}>`)],
      ...message.recipients.map((recipient) => ["R", text(`<${recipient}>`)] as const),
      ...header.map(([name, value]) => ["L", text(name, lead + value)] as const),
      ["N", Buffer.alloc(0)],
      // An empty piece of body is no packet of the protocol: libmilter hangs up.
      ...(body === "" ? [] : [["B", Buffer.from(body, "latin1")] as const]),
      ["E", Buffer.alloc(0)],
    ];
    let action: MtaAnswer["action"] = "continue";
    for (const [letter, data] of steps) {
      if (letter !== "L" && letter !== "B") {
        socket.write(packet("D", Buffer.concat([Buffer.from(letter), text(...macros)])));
      }
      action = await step(letter, data);
      if (action !== "continue") break;
    }
    return { fields, action };
  } finally {
    socket.destroy();
  }
}

interface Packet {
  readonly letter: string;
  readonly bytes: Buffer;
}

async function* readPackets(socket: Socket): AsyncGenerator<Packet> {
  let held = Buffer.alloc(0);
  for await (const chunk of socket) {
    held = Buffer.concat([held, chunk as Buffer]);
    while (held.length >= 5 && held.length >= 4 + held.readUInt32BE(0)) {
      const end = 4 + held.readUInt32BE(0);
      yield { letter: held.toString("latin1", 4, 5), bytes: held.subarray(5, end) };
      held = held.subarray(end);
    }
  }
}

async function next(packets: AsyncGenerator<Packet>): Promise<Packet> {
  const { value, done } = await packets.next();
  if (done === true) throw new Error("the milter closed the connection");
  return value;
}

function packet(letter: string, data: Buffer): Buffer {
  return Buffer.concat([numbers(1 + data.length), Buffer.from(letter), data]);
}

function text(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.map((part) => `${part}\0`).join(""), "latin1");
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

function port16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
