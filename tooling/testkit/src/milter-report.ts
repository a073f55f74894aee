import { once } from "node:events";
import { connect } from "node:net";
import { everyAction, packet, type ReceivedPacket, ScriptedMta, strings } from "./milter-mta.ts";

/** A message as an MTA reports it to a milter. */
export interface ReportedMessage {
  /** The SMTP client. Default: client.example, "4", 40000 and "192.0.2.7". "U" has no address. */
  readonly client?: {
    readonly family: "4" | "6" | "L" | "U";
    readonly name?: string;
    readonly port?: number;
    readonly address?: string;
  };
  /** Names without braces. Sent with every step but those of header fields and body. */
  readonly macros?: Readonly<Record<string, string>>;
  readonly from?: string;
  readonly recipients?: readonly string[];
  /** Lines "Name: value", folded with CRLF or LF. */
  readonly header: readonly string[];
  readonly body?: string;
}

/** The filter's changes, and its last answer. Fields are "Name: value". */
export interface MilterAnswer {
  /** The letter of the answer, with its text: "c", "y553 5.7.1 refused". */
  readonly answer: string;
  /** Fields inserted at an index. */
  readonly inserted: readonly string[];
  /** Fields added at the end of the header. */
  readonly added: readonly string[];
  /** "Name 1", by number from the top. */
  readonly removed: readonly string[];
}

const leadingSpace = 0x10_0000;
/** The letters of steps that a filter may ask to leave out, each with its flag. */
const leaveOut: ReadonlyMap<string, number> = new Map([
  ["C", 0x01],
  ["H", 0x02],
  ["M", 0x04],
  ["R", 0x08],
  ["B", 0x10],
  ["L", 0x20],
  ["N", 0x40],
  ["T", 0x200],
]);
/** Answers after which the message goes on: "continue", and "skip" for the rest of a kind. */
const goesOn: ReadonlySet<string> = new Set(["c", "s"]);

/** Plays the MTA for one message over TCP: a connection of its own, and a reply to each step. */
export async function reportMessage(port: number, message: ReportedMessage): Promise<MilterAnswer> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.setNoDelay(true);
  await once(socket, "connect");
  socket.setTimeout(20_000, () => socket.destroy(new Error("the milter is silent")));
  try {
    return await report(new ScriptedMta(socket, socket), message);
  } finally {
    socket.destroy();
  }
}

async function report(mta: ScriptedMta, message: ReportedMessage): Promise<MilterAnswer> {
  const offered = [...leaveOut.values()].reduce(
    (flags, flag) => flags | flag,
    leadingSpace | 0x500,
  );
  const { steps } = await mta.negotiate({ actions: everyAction, steps: offered });
  const changes = { inserted: [] as string[], added: [] as string[], removed: [] as string[] };
  const macros = strings(
    ...Object.entries(message.macros ?? {}).flatMap(([name, value]) => [inBraces(name), value]),
  );
  for (const [letter, data] of stepsOf(message, (steps & leadingSpace) !== 0)) {
    if ((steps & (leaveOut.get(letter) ?? 0)) !== 0) continue;
    if (letter !== "L" && letter !== "B") mta.send(packet("D", letter, macros));
    let reply = await mta.ask(letter, data);
    while (noteChange(reply, changes)) reply = await mta.reply();
    if (!goesOn.has(reply.letter) || letter === "E") {
      const text = reply.payload.toString("latin1").replaceAll("\0", "");
      return { answer: reply.letter + text, ...changes };
    }
  }
  throw new Error("unreachable: the end of a message is always reported");
}

function stepsOf(
  {
    client = { family: "4" },
    from = "alice@example.com",
    recipients = ["bob@example.net"],
    header,
    body = "Hello.\r\n",
  }: ReportedMessage,
  keepsSpace: boolean,
): readonly (readonly [letter: string, data: Uint8Array | string])[] {
  const field = (line: string): string => {
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1);
    return strings(line.slice(0, colon), keepsSpace ? value : value.replace(/^ /, ""));
  };
  return [
    ["C", connectInfo(client)],
    ["H", strings("client.example")],
    ["M", strings(`<${from}>`)],
    ...recipients.map((recipient) => ["R", strings(`<${recipient}>`)] as const),
    ["T", ""],
    ...header.map((line) => ["L", field(line)] as const),
    ["N", ""],
    // An empty piece of body is no packet of the protocol: libmilter hangs up.
    ...(body === "" ? [] : [["B", Buffer.from(body, "latin1")] as const]),
    ["E", ""],
  ];
}

function connectInfo({
  family,
  name = "client.example",
  port = 40_000,
  address = "192.0.2.7",
}: NonNullable<ReportedMessage["client"]>): Buffer {
  const start = Buffer.from(strings(name) + family);
  if (family === "U") return start;
  const number = Buffer.alloc(2);
  number.writeUInt16BE(port);
  return Buffer.concat([start, number, Buffer.from(strings(address))]);
}

/** Whether a packet is a change, or says that the filter is still at work: more will follow. */
function noteChange(
  { letter, payload }: ReceivedPacket,
  { inserted, added, removed }: Record<"inserted" | "added" | "removed", string[]>,
): boolean {
  const isNumbered = letter === "i" || letter === "m";
  const [name = "", value = ""] = payload.toString("latin1", isNumbered ? 4 : 0).split("\0");
  if (letter === "i") inserted.push(`${name}: ${value.trimStart()}`);
  else if (letter === "h") added.push(`${name}: ${value.trimStart()}`);
  else if (letter === "m") removed.push(`${name} ${payload.readUInt32BE(0)}`);
  else return letter === "p";
  return true;
}

/** As MTAs write them: {auth_authen}, but i. */
function inBraces(name: string): string {
  return name.length === 1 ? name : `{${name}}`;
}
