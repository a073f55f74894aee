/** Types and classes of RFC 1035, RFC 2136 2.4 and RFC 8945 4.2. */
export const recordType = { soa: 6, txt: 16, tsig: 250 } as const;
export const recordClass = { in: 1, none: 254, any: 255 } as const;

const maxStringOctets = 255;

/** A name without compression, in lower case: the form that TSIG signs (RFC 8945 4.3.3). */
export function encodeName(name: string): Buffer {
  const labels = name
    .toLowerCase()
    .split(".")
    .filter((label) => label !== "");
  const parts = labels.flatMap((label) => [
    Buffer.from([label.length]),
    Buffer.from(label, "ascii"),
  ]);
  return Buffer.concat([...parts, Buffer.from([0])]);
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A time in seconds since 1970, in the 48 bits of a TSIG. */
export function uint48(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}

/** The content of a TXT record: strings of at most 255 octets. */
export function encodeTxt(text: string): Buffer {
  const octets = Buffer.from(text, "latin1");
  const parts: Buffer[] = [];
  for (let at = 0; at < octets.length || at === 0; at += maxStringOctets) {
    const string = octets.subarray(at, at + maxStringOctets);
    parts.push(Buffer.from([string.length]), string);
  }
  return Buffer.concat(parts);
}

export interface WireRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttlSeconds: number;
  readonly content: Buffer;
}

export function encodeRecord(record: WireRecord): Buffer {
  return Buffer.concat([
    encodeName(record.name),
    uint16(record.type),
    uint16(record.class),
    uint32(record.ttlSeconds),
    uint16(record.content.length),
    record.content,
  ]);
}
