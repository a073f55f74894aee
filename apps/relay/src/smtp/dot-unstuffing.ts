import { Buffer } from "node:buffer";

const cr = 0x0d;
const lf = 0x0a;
const dot = 0x2e;
const lineDot = "\n.";

/**
 * Where the next octet stands. The dot of "dot", "dot-cr" and "bare-dot" is held back until what follows
 * tells whether it is the end, a doubled one, or content.
 */
type Place = "text" | "cr" | "line" | "bare-line" | "dot" | "dot-cr" | "bare-dot";

export interface Unstuffed {
  readonly content: Buffer;
  /** What follows the end of the message; absent where it has not come. */
  readonly rest?: Buffer;
}

/**
 * Takes the dots away that a client doubled (RFC 5321 4.5.2), in pieces of any size, and finds the end: CRLF
 * `.` CRLF and nothing else. A doubled dot after a bare LF is taken as well, as by smtp-server.
 */
export class DotUnstuffer {
  #place: Place = "line";

  /** Not to be called again after the end. */
  push(chunk: Buffer): Unstuffed {
    return this.#isPlain(chunk) ? this.#passed(chunk) : this.#scanned(chunk);
  }

  /** No dot begins a line in it. */
  #isPlain(chunk: Buffer): boolean {
    const isHolding = this.#place.includes("dot");
    const isLineStart = this.#place.includes("line");
    return !isHolding && !(isLineStart && chunk[0] === dot) && !chunk.includes(lineDot);
  }

  #passed(chunk: Buffer): Unstuffed {
    const before = chunk.length > 1 ? chunk.at(-2) === cr : this.#place === "cr";
    const last = chunk.at(-1);
    if (last !== undefined) {
      this.#place = last === lf ? (before ? "line" : "bare-line") : last === cr ? "cr" : "text";
    }
    return { content: chunk };
  }

  /** Octet by octet: what a client sends may be dots and nothing else. */
  #scanned(chunk: Buffer): Unstuffed {
    // What is held back comes on top.
    const content = Buffer.allocUnsafe(chunk.length + 2);
    let length = 0;
    let place = this.#place;
    for (let at = 0; at < chunk.length; at++) {
      const octet = chunk[at] ?? 0;
      if (place === "dot-cr" && octet === lf) {
        return { content: content.subarray(0, length), rest: chunk.subarray(at + 1) };
      }
      if (octet === dot && (place === "line" || place === "bare-line")) {
        place = place === "line" ? "dot" : "bare-dot";
        continue;
      }
      if (octet === cr && place === "dot") {
        place = "dot-cr";
        continue;
      }
      if (octet === dot && (place === "dot" || place === "bare-dot")) {
        content[length++] = dot;
        place = "text";
        continue;
      }
      if (place === "dot" || place === "bare-dot" || place === "dot-cr") {
        content[length++] = dot;
        if (place === "dot-cr") {
          content[length++] = cr;
        }
        place = place === "dot-cr" ? "cr" : "text";
      }
      content[length++] = octet;
      place = octet === lf ? (place === "cr" ? "line" : "bare-line") : octet === cr ? "cr" : "text";
    }
    this.#place = place;
    return { content: content.subarray(0, length) };
  }
}
