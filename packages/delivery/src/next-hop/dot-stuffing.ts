import { Buffer } from "node:buffer";

const dot = 0x2e;
const lf = 0x0a;
const lineDot: Uint8Array = Buffer.from("\n.");
const stuffing: Uint8Array = Buffer.from(".");

/** Doubles the dots that begin a line (RFC 5321 4.5.2), in pieces of any size; the content is CRLF-clean. */
export class DotStuffer {
  #atLineStart = true;

  /** Views of `chunk` with dots between them. */
  push(chunk: Uint8Array): Uint8Array[] {
    if (chunk.length === 0) {
      return [];
    }
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const parts: Uint8Array[] = this.#atLineStart && bytes[0] === dot ? [stuffing] : [];
    let start = 0;
    for (let at = bytes.indexOf(lineDot); at >= 0; at = bytes.indexOf(lineDot, start)) {
      parts.push(bytes.subarray(start, at + 1), stuffing);
      start = at + 1;
    }
    parts.push(bytes.subarray(start));
    this.#atLineStart = bytes.at(-1) === lf;
    return parts;
  }

  /** What ends the message. */
  end(): string {
    return this.#atLineStart ? ".\r\n" : "\r\n.\r\n";
  }
}
