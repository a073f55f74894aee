import { Buffer } from "node:buffer";
import { MailsealError } from "./error.ts";

const cr = 0x0d;
const lf = 0x0a;
/** A line's end and the blank line after it. */
const lfCrLf = Buffer.from("\n\r\n");
const lfLf = Buffer.from("\n\n");
const defaultMaxHeaderBytes = 16 * 1024 * 1024;

export interface HeaderReaderOptions {
  /** Default 16 MiB. */
  readonly maxHeaderBytes?: number;
}

/** The header of a message with its blank line, and the bytes that followed in the same piece. */
export interface ReadHeader {
  readonly header: Uint8Array;
  readonly rest: Uint8Array;
}

/**
 * Collects the header of a message that arrives in pieces of any size. Nothing is copied where the
 * first piece holds all of it.
 */
export class HeaderReader {
  readonly #maxHeaderBytes: number;
  #pieces: Uint8Array[] = [];
  #size = 0;
  #state: "line-start" | "line-start-cr" | "in-line" = "line-start";

  constructor(options: HeaderReaderOptions = {}) {
    this.#maxHeaderBytes = options.maxHeaderBytes ?? defaultMaxHeaderBytes;
  }

  /**
   * The header, once its blank line has come. Throws a `MailsealError` "header-too-large" for one
   * beyond `maxHeaderBytes`.
   */
  push(piece: Uint8Array): ReadHeader | undefined {
    const end = this.#findEnd(piece);
    const header = end < 0 ? piece : piece.subarray(0, end);
    this.#size += header.length;
    if (this.#size > this.#maxHeaderBytes) {
      throw new MailsealError(
        "header-too-large",
        `expected a header of at most ${this.#maxHeaderBytes} bytes, got more: is this a mail message?`,
      );
    }
    this.#pieces.push(header);
    return end < 0 ? undefined : { header: this.#joined(), rest: piece.subarray(end) };
  }

  /** The header of a message that ended before a blank line came. */
  end(): Uint8Array {
    return this.#joined();
  }

  #joined(): Uint8Array {
    const [only] = this.#pieces;
    return only !== undefined && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces);
  }

  /** Offset after the blank line, or -1. */
  #findEnd(piece: Uint8Array): number {
    let at = 0;
    for (; at < piece.length && this.#state !== "in-line"; at++) {
      const byte = piece[at];
      if (byte === lf) {
        return at + 1;
      }
      this.#state = byte === cr && this.#state === "line-start" ? "line-start-cr" : "in-line";
    }
    if (this.#state !== "in-line") {
      return -1;
    }
    const text = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const withCr = text.indexOf(lfCrLf, at);
    const before = withCr < 0 ? text : text.subarray(0, withCr + 1);
    const withoutCr = before.indexOf(lfLf, at);
    if (withoutCr >= 0) {
      return withoutCr + lfLf.length;
    }
    if (withCr >= 0) {
      return withCr + lfCrLf.length;
    }
    if (text.at(-1) === lf) {
      this.#state = "line-start";
    } else if (text.at(-1) === cr && text.at(-2) === lf) {
      this.#state = "line-start-cr";
    }
    return -1;
  }
}
