import {
  type DnsMessage,
  type DnsRecord,
  flag,
  headerOctets,
  internetClass,
  readMessage,
  readSoaMinimum,
  readTarget,
  readText,
  recordType,
  uint16,
} from "../wire/dns-message.ts";
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
  // Checked first, so that a flood of guesses costs little.
  if (bytes.length < headerOctets || uint16(bytes, 0) !== query.id) return undefined;
  const message = readMessage(bytes);
  if (message === undefined || !answers(message, query)) return undefined;
  if ((message.flags & flag.truncated) !== 0) return { status: "truncated" };
  const answer = toAnswer(message, query.name);
  return answer === undefined ? undefined : { status: "complete", answer };
}

function answers({ flags, questions }: DnsMessage, query: DnsQuery): boolean {
  const [question, ...rest] = questions;
  return (
    (flags & flag.response) !== 0 &&
    opcodeOf(flags) === 0 &&
    rest.length === 0 &&
    question?.type === recordType.txt &&
    question.class === internetClass &&
    ownerName(question.name) === query.name
  );
}

function opcodeOf(flags: number): number {
  return (flags >> 11) & 0x0f;
}

/** RFC 6891 6.1.3: the upper 8 bits of the RCODE are the first of the OPT record's TTL. */
function rcodeOf({ flags, additionals }: DnsMessage): number {
  const extension = additionals.find(({ type }) => type === recordType.opt);
  return (flags & 0x0f) | (((extension?.ttl ?? 0) >>> 24) << 4);
}

/** Undefined if a record that matters is malformed. */
function toAnswer(message: DnsMessage, name: string): TxtAnswer | undefined {
  const rcode = rcodeOf(message);
  switch (rcode) {
    case NOERROR:
      return recordsFrom(message, name);
    case NXDOMAIN:
      return { status: "nxdomain", ...negativeTtl(message), authenticated: isValidated(message) };
    case SERVFAIL:
      return failure("servfail", "the server answered SERVFAIL");
    default:
      return failure("error", `the server answered ${rcodeNames.get(rcode) ?? `RCODE ${rcode}`}`);
  }
}

function recordsFrom(message: DnsMessage, name: string): TxtAnswer | undefined {
  const cnames = cnamesOf(message);
  if (cnames === undefined) return undefined;
  const chain = followCnames(cnames, name);
  if (chain === undefined) {
    return failure("servfail", `more than ${MAX_CNAMES} CNAMEs, or a loop of them`);
  }
  const records: string[] = [];
  let ttlSeconds = chain.ttlSeconds;
  for (const record of message.answers) {
    if (!isInternet(record, recordType.txt) || ownerName(record.name) !== chain.name) continue;
    const text = readText(message.bytes, record);
    if (text === undefined) return undefined;
    records.push(text);
    ttlSeconds = Math.min(ttlSeconds, ttlOf(record.ttl));
  }
  const authenticated = isValidated(message);
  if (records.length === 0) return { status: "nodata", ...negativeTtl(message), authenticated };
  return {
    status: "found",
    records,
    ttlSeconds,
    authenticated,
    ...(chain.name === name ? {} : { canonicalName: chain.name }),
  };
}

function isInternet(record: DnsRecord, type: number): boolean {
  return record.type === type && record.class === internetClass;
}

interface Cname {
  readonly target: string;
  readonly ttlSeconds: number;
}

/** The CNAMEs of an answer by their owner. Undefined if one is malformed. */
function cnamesOf({ bytes, answers: records }: DnsMessage): Map<string, Cname> | undefined {
  const cnames = new Map<string, Cname>();
  for (const record of records) {
    if (!isInternet(record, recordType.cname)) continue;
    const target = readTarget(bytes, record);
    if (target === undefined) return undefined;
    const ttlSeconds = ttlOf(record.ttl);
    cnames.set(ownerName(record.name), { target: ownerName(target), ttlSeconds });
  }
  return cnames;
}

/** Follows the CNAMEs of an answer: their target and the shortest TTL on the way. Undefined for a loop. */
function followCnames(
  cnames: ReadonlyMap<string, Cname>,
  from: string,
): { readonly name: string; readonly ttlSeconds: number } | undefined {
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

/** Whether the server validated the answer with DNSSEC. */
function isValidated({ flags }: DnsMessage): boolean {
  return (flags & flag.authenticData) !== 0;
}

/** RFC 2308 5: the lesser of the SOA's own TTL and its MINIMUM. */
function negativeTtl({ bytes, authorities }: DnsMessage): { readonly ttlSeconds?: number } {
  const soa = authorities.find(({ type }) => type === recordType.soa);
  const minimum = soa && readSoaMinimum(bytes, soa);
  if (soa === undefined || minimum === undefined) return {};
  return { ttlSeconds: Math.min(ttlOf(soa.ttl), ttlOf(minimum)) };
}

/** RFC 2181 8: a TTL with the highest bit set is 0. */
function ttlOf(ttl: number): number {
  return ttl > 0x7fffffff ? 0 : ttl;
}
