import { recordClass, recordType } from "./wire-text.ts";

/** A response to an update, and the position of its signature. */
export interface UpdateResponse {
  readonly id: number;
  readonly isResponse: boolean;
  readonly rcode: number;
  /** The last record, if it is a TSIG. */
  readonly tsig?: ReceivedTsig;
}

export interface ReceivedTsig {
  /** The start of the record; the octets before it are signed. */
  readonly offset: number;
  readonly keyName: string;
  readonly algorithm: string;
  readonly timeSigned: number;
  readonly fudge: number;
  readonly mac: Buffer;
  readonly originalId: number;
  readonly error: number;
  readonly other: Buffer;
}

interface Cursor {
  readonly name: string;
  readonly next: number;
}

const headerOctets = 12;
const maxPointers = 32;

/** Undefined if the bytes are not a DNS message. Never throws, and takes linear time. */
export function readResponse(bytes: Buffer): UpdateResponse | undefined {
  try {
    return readMessage(bytes);
  } catch (error) {
    // The message ends too early.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readMessage(bytes: Buffer): UpdateResponse {
  const flags = bytes.readUInt16BE(2);
  const [zones, prerequisites, updates, additional] = [4, 6, 8, 10].map((at) =>
    bytes.readUInt16BE(at),
  ) as [number, number, number, number];
  let at = headerOctets;
  for (let count = 0; count < zones; count++) at = readName(bytes, at).next + 4;
  let tsig: ReceivedTsig | undefined;
  for (let left = prerequisites + updates + additional; left > 0; left--) {
    const offset = at;
    const owner = readName(bytes, at);
    const type = bytes.readUInt16BE(owner.next);
    const content = owner.next + 10;
    at = content + bytes.readUInt16BE(owner.next + 8);
    if (at > bytes.length) throw new RangeError("a record ends beyond the message");
    // Only the last record may be a TSIG (RFC 8945 5.1).
    if (type === recordType.tsig && left === 1 && additional > 0) {
      const isAny = bytes.readUInt16BE(owner.next + 2) === recordClass.any;
      if (!isAny || bytes.readUInt32BE(owner.next + 4) !== 0) {
        throw new RangeError("the class or TTL of a TSIG is not that of RFC 8945 4.2");
      }
      tsig = readTsig(bytes.subarray(0, at), content, offset, owner.name);
    }
  }
  return {
    id: bytes.readUInt16BE(0),
    isResponse: (flags & 0x8000) !== 0,
    rcode: flags & 0x0f,
    ...(tsig === undefined ? {} : { tsig }),
  };
}

function readTsig(bytes: Buffer, start: number, offset: number, keyName: string): ReceivedTsig {
  const { name: algorithm, next: at } = readName(bytes, start);
  const macOctets = bytes.readUInt16BE(at + 8);
  const afterMac = at + 10 + macOctets;
  const otherOctets = bytes.readUInt16BE(afterMac + 4);
  const end = afterMac + 6 + otherOctets;
  if (end !== bytes.length) throw new RangeError("a TSIG whose stated length is wrong");
  return {
    offset,
    keyName,
    algorithm,
    timeSigned: bytes.readUIntBE(at, 6),
    fudge: bytes.readUInt16BE(at + 6),
    mac: bytes.subarray(at + 10, afterMac),
    originalId: bytes.readUInt16BE(afterMac),
    error: bytes.readUInt16BE(afterMac + 2),
    other: bytes.subarray(afterMac + 6, end),
  };
}

/** Follows pointers only backwards, so that it cannot loop. */
function readName(bytes: Buffer, start: number): Cursor {
  const labels: string[] = [];
  let at = start;
  let next: number | undefined;
  for (let pointers = 0; ;) {
    const length = bytes.readUInt8(at);
    if (length === 0) return { name: labels.join(".").toLowerCase(), next: next ?? at + 1 };
    if (length >= 0xc0) {
      const target = bytes.readUInt16BE(at) & 0x3fff;
      if (target >= at || ++pointers > maxPointers) throw new RangeError("a pointer leads nowhere");
      next ??= at + 2;
      at = target;
    } else if (length > 63 || at + 1 + length > bytes.length) {
      throw new RangeError("a label ends beyond the message");
    } else {
      labels.push(bytes.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
  }
}
