import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";

/** The clock of a time server, compared with that of this machine (SNTP, RFC 4330). */
export type TimeAnswer =
  /** Positive if the server is ahead of us. */
  | { readonly status: "answered"; readonly offsetMs: number }
  | { readonly status: "silent"; readonly reason: string };

const ntpPort = 123;
const packetBytes = 48;
/** Leap indicator 0, version 4, mode 3: client. */
const request = 0x23;
const modeServer = 4;
/** The leap indicator of a server that does not know the time itself. */
const unsynchronized = 3;
const maxStratum = 15;
/** From 1900, the era of NTP, to 1970. */
const ntpToUnixSeconds = 2_208_988_800;
const eraSeconds = 2 ** 32;

/** Asks one server, by name or address, once. Never rejects. */
export async function askTime(
  server: string,
  timeoutMs: number,
  port: number = ntpPort,
): Promise<TimeAnswer> {
  try {
    const { address, family } = await lookup(server);
    return await exchange({ address, family, port }, timeoutMs);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return { status: "silent", reason };
  }
}

function exchange(
  {
    address,
    family,
    port,
  }: { readonly address: string; readonly family: number; readonly port: number },
  timeoutMs: number,
): Promise<TimeAnswer> {
  return new Promise((resolve) => {
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    // A random transmit time instead of ours: the server repeats it, and nobody else can guess it (RFC 5905 8).
    const nonce = randomBytes(8);
    let sentMs = 0;
    const end = (answer: TimeAnswer): void => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(
      () => end({ status: "silent", reason: `no answer within ${timeoutMs} ms` }),
      timeoutMs,
    );
    socket.once("error", (error) => end({ status: "silent", reason: error.message }));
    socket.on("message", (bytes) => {
      const answer = readAnswer(bytes, nonce, sentMs, Date.now());
      if (answer !== undefined) end(answer);
    });
    socket.once("connect", () => {
      const query = Buffer.alloc(packetBytes);
      query[0] = request;
      nonce.copy(query, packetBytes - nonce.length);
      sentMs = Date.now();
      socket.send(query);
    });
    socket.connect(port, address);
  });
}

/**
 * Undefined for a packet that is not the answer to our question. The offset is that of RFC 5905 8: half the sum of both
 * differences, so that the time on the way cancels out.
 */
export function readAnswer(
  bytes: Uint8Array,
  nonce: Uint8Array,
  sentMs: number,
  receivedMs: number,
): TimeAnswer | undefined {
  const packet = Buffer.from(bytes);
  if (packet.length < packetBytes) return undefined;
  const first = packet.readUInt8(0);
  const isOurs = (first & 7) === modeServer && packet.subarray(24, 32).equals(nonce);
  if (!isOurs) return undefined;
  const stratum = packet.readUInt8(1);
  // Stratum 0 is a "kiss of death": the server wants to be asked less often.
  if (first >> 6 === unsynchronized || stratum === 0 || stratum > maxStratum) {
    return { status: "silent", reason: "the server does not know the time itself" };
  }
  const [arrivedMs, answeredMs] = [timeAt(packet, 32), timeAt(packet, 40)];
  return { status: "answered", offsetMs: (arrivedMs - sentMs + (answeredMs - receivedMs)) / 2 };
}

/** Unix milliseconds. A value in the first half of an era belongs to the next one, from 2036 on (RFC 4330 3). */
function timeAt(packet: Buffer, at: number): number {
  const seconds = packet.readUInt32BE(at);
  const era = seconds < eraSeconds / 2 ? eraSeconds : 0;
  return (
    (seconds + era - ntpToUnixSeconds) * 1000 + (packet.readUInt32BE(at + 4) / eraSeconds) * 1000
  );
}
