import { Buffer } from "node:buffer";
import { MailsealError } from "@mailseal/errors";
import { asBuffer } from "../text/as-buffer.ts";

const cr = 0x0d;
const lf = 0x0a;
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
  push(bytes: Uint8Array): ReadHeader | undefined {
    const piece = asBuffer(bytes);
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
  #findEnd(text: Buffer): number {
    let at = 0;
    for (; at < text.length && this.#state !== "in-line"; at++) {
      const byte = text[at];
      if (byte === lf) {
        return at + 1;
      }
      this.#state = byte === cr && this.#state === "line-start" ? "line-start-cr" : "in-line";
    }
    if (this.#state !== "in-line") {
      return -1;
    }
    for (let end = text.indexOf(lf, at); end >= 0; end = text.indexOf(lf, end + 1)) {
      const next = text[end + 1];
      if (next === lf) {
        return end + 2;
      }
      if (next === cr && text[end + 2] === lf) {
        return end + 3;
      }
    }
    if (text.at(-1) === lf) {
      this.#state = "line-start";
    } else if (text.at(-1) === cr && text.at(-2) === lf) {
      this.#state = "line-start-cr";
    }
    return -1;
  }
}
