import { Buffer } from "node:buffer";

const cr = 0x0d;
const lf = 0x0a;
const dot = 0x2e;
const lineDot = "\n.";

/**
 * The position of the next octet. In "dot", "dot-cr" and "bare-dot" a dot is held back until the following
 * octets show whether it ends the message, is doubled, or is content.
 */
type Place = "text" | "cr" | "line" | "bare-line" | "dot" | "dot-cr" | "bare-dot";

export interface Unstuffed {
  readonly content: Buffer;
  /** The octets after the end of the message; absent until the end has come. */
  readonly rest?: Buffer;
}

/**
 * Removes the dots that a client doubled (RFC 5321 4.5.2), in chunks of any size, and finds the end of the
 * message: CRLF `.` CRLF and nothing else. A doubled dot after a bare LF is removed too, as by smtp-server.
 */
export class DotUnstuffer {
  #place: Place = "line";

  /** Not to be called again after the end. */
  push(chunk: Buffer): Unstuffed {
    const isHolding = this.#place.includes("dot");
    const isAtDot = this.#place.includes("line") && chunk[0] === dot;
    if (isHolding || isAtDot) return this.#scanned(chunk);
    const beforeDot = chunk.indexOf(lineDot);
    if (beforeDot < 0) return this.#passed(chunk);
    return ended(chunk, beforeDot + 1) ?? this.#scanned(chunk);
  }

  #passed(chunk: Buffer): Unstuffed {
    const before = chunk.length > 1 ? chunk.at(-2) === cr : this.#place === "cr";
    const last = chunk.at(-1);
    if (last !== undefined) {
      this.#place = last === lf ? (before ? "line" : "bare-line") : last === cr ? "cr" : "text";
    }
    return { content: chunk };
  }

  /** Octet by octet, which is linear even for a message of dots. */
  #scanned(chunk: Buffer): Unstuffed {
    // Two more for octets that were held back.
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

/**
 * The end of the message, if the first dot at the beginning of a line is all of that line. Most messages end this way;
 * their content need not be copied, and a copy would double the memory that a message takes until it is delivered.
 */
function ended(chunk: Buffer, dotAt: number): Unstuffed | undefined {
  const hasEnd = chunk[dotAt - 2] === cr && chunk[dotAt + 1] === cr && chunk[dotAt + 2] === lf;
  return hasEnd
    ? { content: chunk.subarray(0, dotAt), rest: chunk.subarray(dotAt + 3) }
    : undefined;
}
