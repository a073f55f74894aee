import { createSocket, type RemoteInfo, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket as TcpSocket } from "node:net";
import {
  type Answer,
  AUTHENTIC_DATA,
  decode,
  type DecodedPacket,
  encode,
  RECURSION_AVAILABLE,
  TRUNCATED_RESPONSE,
} from "dns-packet";

/** Wrong responses, none of which a resolver may accept. */
export type Forgery = "wrong-id" | "wrong-question" | "garbage" | "query" | "cut-off";

/** The answer for a name. Texts are latin1, one character per octet. */
export interface ScriptedReply {
  /** TXT records; an array is one record in several strings, a string one in strings of 255 octets. */
  readonly txt?: readonly (string | readonly string[])[];
  /** A records: IPv4 addresses. */
  readonly a?: readonly string[];
  /** MX records, for questions about MX only. */
  readonly mx?: readonly { readonly preference: number; readonly exchange: string }[];
  /** A CNAME record, followed by the answer for its target, as from a recursive resolver. */
  readonly cname?: string;
  readonly rcode?: "NXDOMAIN" | "SERVFAIL" | "REFUSED";
  readonly ttlSeconds?: number;
  /** A SOA record in the authority section. */
  readonly soa?: { readonly ttlSeconds: number; readonly minimumSeconds: number };
  /** Sets the AD bit. */
  readonly authenticated?: boolean;
  /** Over UDP: no records, and the TC bit. */
  readonly truncatedOverUdp?: boolean;
  /** Sent first, over UDP and TCP alike. */
  readonly forgeries?: readonly Forgery[];
  /** Nothing (but the forgeries) is sent. */
  readonly silent?: boolean;
  /** Waited before anything is sent. */
  readonly delayMs?: number;
}

export interface ReceivedQuery {
  readonly name: string;
  readonly transport: "udp" | "tcp";
  readonly id: number;
  readonly packet: DecodedPacket;
}

export interface DnsServer {
  /** "127.0.0.1:port", or the place chosen, for UDP and TCP. */
  readonly address: string;
  /** In order of arrival. */
  readonly queries: readonly ReceivedQuery[];
  /** The number of questions for a name, or for all names by default. */
  count(name?: string): number;
  /** Answers so from now on. */
  script(name: string, reply: ScriptedReply): void;
  /** Closes both sockets and every connection, and cancels delayed responses. */
  close(): Promise<void>;
}

/** An address of this machine; port 0 is one that the system chooses. */
export interface DnsServerPlace {
  readonly host: string;
  readonly port: number;
}

/**
 * Starts a server, by default on a port of 127.0.0.1, that answers by a script; a name that it does not have is
 * NXDOMAIN.
 */
export async function startDnsServer(
  script: ReadonlyMap<string, ScriptedReply> | Readonly<Record<string, ScriptedReply>>,
  place: DnsServerPlace = { host: "127.0.0.1", port: 0 },
): Promise<DnsServer> {
  const entries = script instanceof Map ? script : new Map(Object.entries(script));
  const replies = new Map<string, ScriptedReply>();
  for (const [name, reply] of entries) replies.set(name.toLowerCase(), reply);
  const { udp, tcp, port } = await bindBoth(place);
  const scripted = new ScriptedServer(replies, udp, tcp);
  return {
    address: `${place.host}:${port}`,
    queries: scripted.queries,
    count: (name) =>
      scripted.queries.filter((query) => name === undefined || query.name === name.toLowerCase())
        .length,
    script: (name, reply) => void replies.set(name.toLowerCase(), reply),
    close: () => scripted.close(),
  };
}

/** A TCP port that the system chose may be taken for UDP. */
async function bindBoth(
  place: DnsServerPlace,
  attempts = 20,
): Promise<{ readonly udp: UdpSocket; readonly tcp: Server; readonly port: number }> {
  const tcp = createServer().listen(place.port, place.host);
  await once(tcp, "listening");
  const address = tcp.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const udp = createSocket("udp4");
  udp.bind(port, place.host);
  try {
    await once(udp, "listening");
    return { udp, tcp, port };
  } catch (error) {
    tcp.close();
    if (attempts <= 1) throw error;
    return bindBoth(place, attempts - 1);
  }
}

class ScriptedServer {
  readonly queries: ReceivedQuery[] = [];
  readonly #replies: ReadonlyMap<string, ScriptedReply>;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<TcpSocket>();
  readonly #delayed = new Set<NodeJS.Timeout>();

  constructor(replies: ReadonlyMap<string, ScriptedReply>, udp: UdpSocket, tcp: Server) {
    this.#replies = replies;
    this.#udp = udp;
    this.#tcp = tcp;
    udp.on("message", (bytes, from) => this.#onDatagram(bytes, from));
    tcp.on("connection", (connection) => this.#onConnection(connection));
  }

  async close(): Promise<void> {
    for (const timer of this.#delayed) clearTimeout(timer);
    for (const connection of this.#connections) connection.destroy();
    this.#udp.close();
    this.#tcp.close();
    await Promise.all([once(this.#udp, "close"), once(this.#tcp, "close")]);
  }

  #onDatagram(bytes: Buffer, from: RemoteInfo): void {
    this.#receive(bytes, "udp", (response) => {
      this.#udp.send(response, from.port, from.address);
    });
  }

  #onConnection(connection: TcpSocket): void {
    this.#connections.add(connection);
    // A client may close the connection at any time.
    connection.on("error", () => connection.destroy());
    connection.on("close", () => this.#connections.delete(connection));
    let received = Buffer.alloc(0);
    connection.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const query = received.subarray(2, 2 + received.readUInt16BE(0));
      received = received.subarray(2 + query.length);
      this.#receive(query, "tcp", (response) => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(response.length);
        // In two pieces, the length itself cut: a client must not rely on how they arrive.
        connection.write(length.subarray(0, 1));
        connection.write(Buffer.concat([length.subarray(1), response]));
      });
    });
  }

  #receive(
    bytes: Buffer,
    transport: ReceivedQuery["transport"],
    send: (response: Uint8Array) => void,
  ): void {
    const packet = decode(bytes);
    const name = packet.questions?.[0]?.name.toLowerCase() ?? "";
    this.queries.push({ name, transport, id: packet.id ?? 0, packet });
    const reply = this.#replies.get(name) ?? { rcode: "NXDOMAIN" };
    const respond = (): void => {
      const right = responseTo(packet, this.#replies, transport);
      for (const forgery of reply.forgeries ?? []) send(forged(right, packet, forgery));
      if (reply.silent !== true) send(right);
    };
    if (reply.delayMs === undefined) {
      respond();
      return;
    }
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      respond();
    }, reply.delayMs);
    this.#delayed.add(timer);
  }
}

/** The scripted response to a query; a name without a script is NXDOMAIN. */
export function responseTo(
  query: DecodedPacket,
  replies: ReadonlyMap<string, ScriptedReply>,
  transport: "udp" | "tcp" | "https",
): Buffer {
  const name = query.questions?.[0]?.name.toLowerCase() ?? "";
  const answers: Answer[] = [];
  let owner = name;
  let reply = replies.get(owner);
  // In a loop, each record is sent once.
  const told = new Set<string>();
  while (reply?.cname !== undefined && !told.has(owner)) {
    told.add(owner);
    answers.push({
      type: "CNAME",
      name: owner,
      ttl: reply.ttlSeconds ?? 300,
      data: reply.cname,
    });
    owner = reply.cname.toLowerCase();
    reply = replies.get(owner);
  }
  for (const record of reply?.txt ?? []) {
    const data = stringsOf(record).map((text) => Buffer.from(text, "latin1"));
    answers.push({ type: "TXT", name: owner, ttl: reply?.ttlSeconds ?? 300, data });
  }
  if (query.questions?.[0]?.type === "A") {
    for (const data of reply?.a ?? []) {
      answers.push({ type: "A", name: owner, ttl: reply?.ttlSeconds ?? 300, data });
    }
  }
  if (query.questions?.[0]?.type === "MX") {
    for (const data of reply?.mx ?? []) {
      answers.push({ type: "MX", name: owner, ttl: reply?.ttlSeconds ?? 300, data });
    }
  }
  const truncated = reply?.truncatedOverUdp === true && transport === "udp";
  const { soa } = reply ?? {};
  return encode({
    type: "response",
    id: query.id ?? 0,
    flags:
      RECURSION_AVAILABLE |
      (reply?.authenticated === true ? AUTHENTIC_DATA : 0) |
      (truncated ? TRUNCATED_RESPONSE : 0) |
      rcodes[reply === undefined ? "NXDOMAIN" : (reply.rcode ?? "NOERROR")],
    questions: query.questions ?? [],
    answers: truncated ? [] : answers,
    authorities:
      soa === undefined
        ? []
        : [
            {
              type: "SOA",
              name: "example.com",
              ttl: soa.ttlSeconds,
              data: {
                mname: "ns.example.com",
                rname: "hostmaster.example.com",
                minimum: soa.minimumSeconds,
              },
            },
          ],
  });
}

const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

function stringsOf(record: string | readonly string[]): readonly string[] {
  if (typeof record !== "string") return record;
  const strings: string[] = [];
  for (let at = 0; at < record.length; at += 255) strings.push(record.slice(at, at + 255));
  return strings.length === 0 ? [""] : strings;
}

/** Bytes that differ from the right response in one thing. */
function forged(right: Uint8Array, query: DecodedPacket, forgery: Forgery): Uint8Array {
  const bytes = Buffer.from(right);
  switch (forgery) {
    case "wrong-id":
      bytes.writeUInt16BE(((query.id ?? 0) + 1) & 0xffff, 0);
      return bytes;
    case "wrong-question":
      return encode({
        type: "response",
        id: query.id ?? 0,
        questions: [{ type: "TXT", name: "other.example" }],
        answers: [{ type: "TXT", name: "other.example", data: [Buffer.from("forged")] }],
      });
    case "garbage":
      return Buffer.concat([bytes.subarray(0, 12), Buffer.alloc(64, 0xff)]);
    case "query":
      bytes.writeUInt8(bytes.readUInt8(2) & 0x7f, 2);
      return bytes;
    case "cut-off":
      return bytes.subarray(0, -8);
  }
}
