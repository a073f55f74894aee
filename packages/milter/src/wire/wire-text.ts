const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Decodes UTF-8; invalid octets become U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** One character for each octet, so that nothing is lost. */
export function octetsAsText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Text as UTF-8; bytes as they are. */
export function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? encoder.encode(value) : value;
}

/** The parts of a payload that each end with a NUL; undefined if the last one does not. */
export function splitAtNul(payload: Uint8Array): readonly Uint8Array[] | undefined {
  const parts: Uint8Array[] = [];
  let start = 0;
  while (start < payload.length) {
    const end = payload.indexOf(0, start);
    if (end === -1) return undefined;
    parts.push(payload.subarray(start, end));
    start = end + 1;
  }
  return parts;
}

/** Quotes foreign text for our own messages: shortened, on one line, in ASCII. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200)).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
