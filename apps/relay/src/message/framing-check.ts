import { isAscii } from "node:buffer";

const cr = 0x0d;
const lf = 0x0a;

/** Why SMTP cannot carry a message in a way that every receiver reads alike. */
export type FramingDefect = "bare-cr" | "bare-lf" | "nul" | "long-line";

/**
 * Checks the bytes of one message, in pieces of any size, for what RFC 2045 2.8 forbids in 8bit content.
 * A receiver that wrongly ends a line at a bare CR or LF would take `\n.\r\n` and the like for the end of the
 * message, and the rest for commands (SMTP smuggling).
 */
export class FramingCheck {
  readonly #maximumLine: number;
  #lineLength = 0;
  #endsWithCr = false;
  #defect: FramingDefect | undefined;
  #ascii = true;

  /** `maximumLine`: octets, without CRLF. */
  constructor(maximumLine: number) {
    this.#maximumLine = maximumLine;
  }

  /** The first defect that was found. */
  get defect(): FramingDefect | undefined {
    return this.#defect;
  }

  /** Whether all octets so far are ASCII. */
  get ascii(): boolean {
    return this.#ascii;
  }

  write(chunk: Uint8Array): void {
    if (this.#defect !== undefined || chunk.length === 0) {
      return;
    }
    if (chunk.includes(0)) {
      this.#defect = "nul";
      return;
    }
    this.#ascii &&= isAscii(chunk);
    this.#defect = this.#lines(chunk) ?? this.#carriageReturns(chunk);
    this.#endsWithCr = chunk.at(-1) === cr;
  }

  /** Ends the message and returns its defect, if it has one. */
  finish(): FramingDefect | undefined {
    if (this.#defect !== undefined) {
      return this.#defect;
    }
    if (this.#endsWithCr) {
      return "bare-cr";
    }
    return this.#lineLength > this.#maximumLine ? "long-line" : undefined;
  }

  #lines(chunk: Uint8Array): FramingDefect | undefined {
    let start = 0;
    for (let at = chunk.indexOf(lf); at >= 0; at = chunk.indexOf(lf, start)) {
      if (at === 0 ? !this.#endsWithCr : chunk[at - 1] !== cr) {
        return "bare-lf";
      }
      if (this.#lineLength + at - 1 - start > this.#maximumLine) {
        return "long-line";
      }
      this.#lineLength = 0;
      start = at + 1;
    }
    this.#lineLength += chunk.length - start;
    // A CR at the end may be the first half of a line ending.
    return this.#lineLength > this.#maximumLine + 1 ? "long-line" : undefined;
  }

  #carriageReturns(chunk: Uint8Array): FramingDefect | undefined {
    if (this.#endsWithCr && chunk[0] !== lf) {
      return "bare-cr";
    }
    for (let at = chunk.indexOf(cr); at >= 0; at = chunk.indexOf(cr, at + 1)) {
      if (at + 1 < chunk.length && chunk[at + 1] !== lf) {
        return "bare-cr";
      }
    }
    return undefined;
  }
}
