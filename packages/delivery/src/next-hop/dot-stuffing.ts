import { Buffer } from "node:buffer";

const dot = 0x2e;
const lf = 0x0a;
const lineDot = "\n.";

/** Doubles the dots that begin a line (RFC 5321 4.5.2), in pieces of any size; the content is CRLF-clean. */
export class DotStuffer {
  #atLineStart = true;

  /** `chunk` itself where no line of it begins with a dot. */
  push(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) {
      return chunk;
    }
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const isStuffed = (this.#atLineStart && bytes[0] === dot) || bytes.includes(lineDot);
    const stuffed = isStuffed ? this.#stuffed(bytes) : chunk;
    this.#atLineStart = bytes.at(-1) === lf;
    return stuffed;
  }

  /** Octet by octet: every third may be such a dot, and a view for each line would cost more. */
  #stuffed(bytes: Uint8Array): Uint8Array {
    const stuffed = Buffer.allocUnsafe(bytes.length * 2);
    let length = 0;
    let isLineStart = this.#atLineStart;
    for (const octet of bytes) {
      if (isLineStart && octet === dot) {
        stuffed[length++] = dot;
      }
      stuffed[length++] = octet;
      isLineStart = octet === lf;
    }
    return stuffed.subarray(0, length);
  }

  /** What ends the message. */
  end(): string {
    return this.#atLineStart ? ".\r\n" : "\r\n.\r\n";
  }
}
