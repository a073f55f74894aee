import { type Answer, decode, type DecodedPacket } from "dns-packet";
import { ownerName } from "../zone/zone.ts";
import type { DnsQuery } from "./dns-query.ts";
import { failure, MAX_CNAMES, type TxtAnswer } from "./txt-resolver.ts";

/** The content of a response to a TXT query. "truncated" means to ask again over TCP. */
export type DnsResponse =
  | { readonly status: "complete"; readonly answer: TxtAnswer }
  | { readonly status: "truncated" };

const NOERROR = 0;
const SERVFAIL = 2;
const NXDOMAIN = 3;

const rcodeNames: ReadonlyMap<number, string> = new Map([
  [1, "FORMERR"],
  [4, "NOTIMP"],
  [5, "REFUSED"],
  [16, "BADVERS"],
]);

/**
 * Reads a response. Undefined for anything that is not a response to this query: garbage, another id, another
 * question, a query. Never throws.
 */
export function readTxtResponse(bytes: Uint8Array, query: DnsQuery): DnsResponse | undefined {
  const packet = decodeSafely(bytes, query.id);
  if (packet === undefined || !answers(packet, query)) return undefined;
  if (packet.flag_tc) return { status: "truncated" };
  return { status: "complete", answer: toAnswer(packet, query.name) };
}

function decodeSafely(bytes: Uint8Array, id: number): DecodedPacket | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Checked first, so that a flood of guesses costs little.
  if (buffer.length < 12 || buffer.readUInt16BE(0) !== id) return undefined;
  try {
    const packet = decode(buffer);
    // dns-packet reads a truncated record without an error, and computes with NaN past the end.
    return decode.bytes <= buffer.length ? packet : undefined;
  } catch {
    return undefined;
  }
}

function answers(packet: DecodedPacket, query: DnsQuery): boolean {
  const [question, ...rest] = packet.questions ?? [];
  return (
    packet.flag_qr &&
    opcodeOf(packet) === 0 &&
    rest.length === 0 &&
    question?.type === "TXT" &&
    question.class === "IN" &&
    ownerName(question.name) === query.name
  );
}

function opcodeOf({ flags = 0 }: DecodedPacket): number {
  return (flags >> 11) & 0x0f;
}

function rcodeOf({ flags = 0, additionals = [] }: DecodedPacket): number {
  const extension = additionals.find((record) => record.type === "OPT");
  return (flags & 0x0f) | ((extension?.extendedRcode ?? 0) << 4);
}

function toAnswer(packet: DecodedPacket, name: string): TxtAnswer {
  const rcode = rcodeOf(packet);
  switch (rcode) {
    case NOERROR:
      return recordsFrom(packet, name);
    case NXDOMAIN:
      return { status: "nxdomain", ...negativeTtl(packet), authenticated: packet.flag_ad };
    case SERVFAIL:
      return failure("servfail", "the server answered SERVFAIL");
    default:
      return failure("error", `the server answered ${rcodeNames.get(rcode) ?? `RCODE ${rcode}`}`);
  }
}

function recordsFrom(packet: DecodedPacket, name: string): TxtAnswer {
  const chain = followCnames(packet.answers ?? [], name);
  if (chain === undefined) {
    return failure("servfail", `more than ${MAX_CNAMES} CNAMEs, or a loop of them`);
  }
  const records: string[] = [];
  let ttlSeconds = chain.ttlSeconds;
  for (const record of packet.answers ?? []) {
    if (record.type !== "TXT" || record.class !== "IN") continue;
    if (ownerName(record.name) !== chain.name) continue;
    records.push(joinStrings(record.data));
    ttlSeconds = Math.min(ttlSeconds, ttlOf(record.ttl));
  }
  const authenticated = packet.flag_ad;
  if (records.length === 0) return { status: "nodata", ...negativeTtl(packet), authenticated };
  return {
    status: "found",
    records,
    ttlSeconds,
    authenticated,
    ...(chain.name === name ? {} : { canonicalName: chain.name }),
  };
}

/** Follows the CNAMEs of an answer: their target and the shortest TTL on the way. Undefined for a loop. */
function followCnames(
  answer: readonly Answer[],
  from: string,
): { readonly name: string; readonly ttlSeconds: number } | undefined {
  const cnames = new Map<string, { readonly target: string; readonly ttlSeconds: number }>();
  for (const record of answer) {
    if (record.type === "CNAME" && record.class === "IN") {
      const target = ownerName(record.data);
      cnames.set(ownerName(record.name), { target, ttlSeconds: ttlOf(record.ttl) });
    }
  }
  let name = from;
  let ttlSeconds = Infinity;
  for (let followed = 0; followed <= MAX_CNAMES; followed++) {
    const cname = cnames.get(name);
    if (cname === undefined) return { name, ttlSeconds };
    name = cname.target;
    ttlSeconds = Math.min(ttlSeconds, cname.ttlSeconds);
  }
  return undefined;
}

function joinStrings(strings: unknown): string {
  if (!Array.isArray(strings)) return "";
  return strings.map((part) => (Buffer.isBuffer(part) ? part.toString("latin1") : "")).join("");
}

/** RFC 2308 5: the lesser of the SOA's own TTL and its MINIMUM. */
function negativeTtl({ authorities = [] }: DecodedPacket): { readonly ttlSeconds?: number } {
  const soa = authorities.find((record) => record.type === "SOA");
  if (soa === undefined) return {};
  return { ttlSeconds: Math.min(ttlOf(soa.ttl), ttlOf(soa.data.minimum)) };
}

/** RFC 2181 8: a TTL with the highest bit set is 0. */
function ttlOf(ttl: number | undefined): number {
  return ttl === undefined || ttl > 0x7fffffff ? 0 : ttl;
}
