/** A name in a DNS message, and the offset after it. */
export interface NameInMessage {
  /** Labels joined with dots; "" for the root. Dots and unusual octets in labels are escaped (RFC 1035 5.1). */
  readonly name: string;
  readonly end: number;
}

/** The lengths of all labels, each with its length octet, without the root's (RFC 1035 2.3.4). */
const maxNameOctets = 254;
const maxLabelOctets = 63;
/** Every pointer can lead to one label and another pointer, and a name has at most this many labels. */
const maxPointers = 127;
const pointerBits = 0xc0;

/**
 * Reads the name at `start`, compressed or not (RFC 1035 4.1.4); undefined if there is none. The limits on octets
 * and pointers bound the time for each name, so that a message is read in linear time whatever its pointers say.
 */
export function readName(message: Uint8Array, start: number): NameInMessage | undefined {
  const labels: string[] = [];
  let octets = 0;
  let pointers = 0;
  let end: number | undefined;
  // Each pointer leads further back than the one before it, so that no pointers form a loop.
  let earliest = start;
  for (let at = start; ;) {
    const length = message[at];
    if (length === undefined) return undefined;
    if (length === 0) return { name: labels.join("."), end: end ?? at + 1 };
    if (length >= pointerBits) {
      const low = message[at + 1];
      if (low === undefined) return undefined;
      const target = ((length & ~pointerBits) << 8) | low;
      pointers++;
      if (target >= earliest || pointers > maxPointers) return undefined;
      end ??= at + 2;
      earliest = target;
      at = target;
      continue;
    }
    const next = at + 1 + length;
    octets += 1 + length;
    if (length > maxLabelOctets || octets > maxNameOctets || next > message.length) {
      return undefined;
    }
    labels.push(labelText(message, at + 1, next));
    at = next;
  }
}

/** Appends a name in the form of `lookupName`: at most 253 octets, with labels of 1 to 63 ASCII characters. */
export function writeName(octets: number[], name: string): void {
  for (const label of name.split(".")) {
    octets.push(label.length);
    for (let at = 0; at < label.length; at++) octets.push(label.charCodeAt(at));
  }
  octets.push(0);
}

const backslash = 0x5c;
const dot = 0x2e;

/** An escaped dot cannot be taken for the end of a label, so that two names never look alike. */
function labelText(message: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) {
    const code = message[at] ?? 0;
    if (code <= 0x20 || code >= 0x7f) text += `\\${String(code).padStart(3, "0")}`;
    else if (code === dot || code === backslash) text += `\\${String.fromCharCode(code)}`;
    else text += String.fromCharCode(code);
  }
  return text;
}
