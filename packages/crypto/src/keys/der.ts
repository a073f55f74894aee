/** One DER element: its tag, and the offsets of its content. */
export interface DerElement {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

export const derTag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
} as const;

/**
 * Reads the element at `at`, which must end by `limit`; undefined if there is none. Lengths have up to four
 * octets; forms longer than necessary are accepted, because old tools wrote them.
 */
export function readDer(bytes: Uint8Array, at: number, limit: number): DerElement | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || at + 2 > limit) {
    return undefined;
  }
  let length = first;
  let start = at + 2;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4 || start + octets > limit) {
      return undefined;
    }
    length = 0;
    for (let count = 0; count < octets; count++) {
      length = length * 256 + (bytes[start++] ?? 0);
    }
  }
  const end = start + length;
  return end > limit ? undefined : { tag, start, end };
}

/** The elements in `parent`, at most `max` of them; undefined if they do not fill it exactly. */
export function readChildren(
  bytes: Uint8Array,
  parent: DerElement,
  max: number,
): readonly DerElement[] | undefined {
  const children: DerElement[] = [];
  for (let at = parent.start; at < parent.end;) {
    const child = children.length < max ? readDer(bytes, at, parent.end) : undefined;
    if (child === undefined) {
      return undefined;
    }
    children.push(child);
    at = child.end;
  }
  return children;
}

/** The parts of the sequence that fills `bytes` exactly; undefined if there is none. */
export function readSequence(bytes: Uint8Array, max: number): readonly DerElement[] | undefined {
  const outer = readDer(bytes, 0, bytes.length);
  return outer !== undefined && outer.tag === derTag.sequence && outer.end === bytes.length
    ? readChildren(bytes, outer, max)
    : undefined;
}

/** An INTEGER's octets without leading zeros. A value without its sign octet is read as positive. */
export function magnitude(bytes: Uint8Array, { start, end }: DerElement): Uint8Array {
  let first = start;
  while (first < end && bytes[first] === 0) {
    first++;
  }
  return bytes.subarray(first, end);
}

/** Writes an element. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) {
    octets.unshift(rest % 256);
  }
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 | octets.length, ...octets];
  const element = new Uint8Array(head.length + length);
  element.set(head);
  let at = head.length;
  for (const part of parts) {
    element.set(part, at);
    at += part.length;
  }
  return element;
}

/** Writes a positive INTEGER from its magnitude. */
export function writeInteger(value: Uint8Array): Uint8Array {
  const first = value[0];
  const unsigned = first === undefined || first >= 0x80 ? Uint8Array.of(0, ...value) : value;
  return writeDer(derTag.integer, unsigned);
}
