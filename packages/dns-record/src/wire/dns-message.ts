import { readName } from "./dns-name.ts";

/** The types of records (RFC 1035 3.2.2, RFC 6891 6.1.1) that a key lookup reads. */
export const recordType = { cname: 5, soa: 6, txt: 16, opt: 41 } as const;

/** Class IN (RFC 1035 3.2.4). */
export const internetClass = 1;

/** The bits of the second 16-bit word of a message (RFC 1035 4.1.1, RFC 4035 3.1.6). */
export const flag = {
  response: 0x8000,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  authenticData: 0x0020,
} as const;

interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

/** A record; its data are the octets of the message from `dataStart` to `dataEnd`. */
export interface DnsRecord extends DnsQuestion {
  /** For OPT, the 8 bits of the extended RCODE come first (RFC 6891 6.1.3). */
  readonly ttl: number;
  readonly dataStart: number;
  readonly dataEnd: number;
}

export interface DnsMessage {
  readonly bytes: Uint8Array;
  readonly flags: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

export const headerOctets = 12;
const answersCountAt = 6;
const authoritiesCountAt = 8;
const additionalsCountAt = 10;

/** The records of one section, and the offset after them. */
interface Section {
  readonly records: readonly DnsRecord[];
  readonly end: number;
}

/**
 * Reads a message (RFC 1035 4.1); undefined if a part of it is missing or malformed. The data of the records are
 * left as they are, so that a record of an unknown type, or of no interest, cannot spoil an answer. Takes
 * linear time: every record has at least 11 octets, and the counts of the header are limits and no sizes. A
 * truncated message may end within a record (RFC 2181 9), so it is read without its records.
 */
export function readMessage(bytes: Uint8Array): DnsMessage | undefined {
  if (bytes.length < headerOctets) return undefined;
  const questions: DnsQuestion[] = [];
  let at = headerOctets;
  for (let count = uint16(bytes, 4); count > 0; count--) {
    const name = readName(bytes, at);
    if (name === undefined || name.end + 4 > bytes.length) return undefined;
    questions.push({
      name: name.name,
      type: uint16(bytes, name.end),
      class: uint16(bytes, name.end + 2),
    });
    at = name.end + 4;
  }
  const flags = uint16(bytes, 2);
  const countAt = (offset: number): number =>
    (flags & flag.truncated) === 0 ? uint16(bytes, offset) : 0;
  const answers = readSection(bytes, at, countAt(answersCountAt));
  const authorities = answers && readSection(bytes, answers.end, countAt(authoritiesCountAt));
  const additionals =
    authorities && readSection(bytes, authorities.end, countAt(additionalsCountAt));
  if (answers === undefined || authorities === undefined || additionals === undefined) {
    return undefined;
  }
  return {
    bytes,
    flags,
    questions,
    answers: answers.records,
    authorities: authorities.records,
    additionals: additionals.records,
  };
}

function readSection(bytes: Uint8Array, start: number, count: number): Section | undefined {
  const records: DnsRecord[] = [];
  let at = start;
  for (let left = count; left > 0; left--) {
    const name = readName(bytes, at);
    if (name === undefined) return undefined;
    const dataStart = name.end + 10;
    if (dataStart > bytes.length) return undefined;
    const dataEnd = dataStart + uint16(bytes, name.end + 8);
    if (dataEnd > bytes.length) return undefined;
    records.push({
      name: name.name,
      type: uint16(bytes, name.end),
      class: uint16(bytes, name.end + 2),
      ttl: uint32(bytes, name.end + 4),
      dataStart,
      dataEnd,
    });
    at = dataEnd;
  }
  return { records, end: at };
}

/**
 * The strings of a TXT record, concatenated; latin1, one character for each octet. Undefined if they do not fill
 * the data exactly.
 */
export function readText(bytes: Uint8Array, { dataStart, dataEnd }: DnsRecord): string | undefined {
  let text = "";
  for (let at = dataStart; at < dataEnd;) {
    const end = at + 1 + (bytes[at] ?? 0);
    if (end > dataEnd) return undefined;
    text += Buffer.from(bytes.buffer, bytes.byteOffset + at + 1, end - at - 1).toString("latin1");
    at = end;
  }
  return text;
}

/** The name that is the data of a CNAME record; undefined if it does not fill the data exactly. */
export function readTarget(
  bytes: Uint8Array,
  { dataStart, dataEnd }: DnsRecord,
): string | undefined {
  const target = readName(bytes, dataStart);
  return target?.end === dataEnd ? target.name : undefined;
}

const soaNumbersOctets = 20;

/** The MINIMUM of a SOA record, which its data end with (RFC 1035 3.3.13). */
export function readSoaMinimum(
  bytes: Uint8Array,
  { dataStart, dataEnd }: DnsRecord,
): number | undefined {
  return dataEnd - dataStart > soaNumbersOctets ? uint32(bytes, dataEnd - 4) : undefined;
}

/** The number in two octets; missing ones count as 0. */
export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 0x10000 + uint16(bytes, at + 2);
}
