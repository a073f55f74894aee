import { HeaderReader } from "./header-reader.ts";
import { CrlfFixer, toCrlf } from "./line-endings.ts";
import { type Message, splitMessage } from "./message.ts";

/** Who is told of a message as it arrives: its header once, then its body in pieces. */
export interface MessageListener {
  /** `message.bytes` is the header alone. */
  onHeader(message: Message): void;
  onBody(chunk: Uint8Array): void;
}

/**
 * Reads a message that arrives in pieces of any size and tells of it as SMTP would carry it: the
 * lines of a Unix file, whose first line ends with a bare LF, get CRLF (a bare CR stays). Memory:
 * the header, bounded by `maxHeaderBytes`.
 */
export class MessageReader {
  readonly #listener: MessageListener;
  readonly #header: HeaderReader;
  #unixBody: CrlfFixer | undefined;
  #inBody = false;

  constructor(listener: MessageListener, options: { readonly maxHeaderBytes?: number } = {}) {
    this.#listener = listener;
    this.#header = new HeaderReader(options);
  }

  /** Whether the message is a Unix file; known once its header is complete. */
  get unixFile(): boolean {
    return this.#unixBody !== undefined;
  }

  /** Throws a `MailsealError` "header-too-large" beyond the bound. */
  write(chunk: Uint8Array): void {
    if (this.#inBody) {
      this.#body(chunk);
      return;
    }
    const read = this.#header.push(chunk);
    if (read !== undefined) {
      this.#begin(read.header);
      this.#body(read.rest);
    }
  }

  /** Ends the message; a header that was not complete is told now. */
  finish(): void {
    if (!this.#inBody) {
      this.#begin(this.#header.end());
    }
    if (this.#unixBody !== undefined) {
      this.#listener.onBody(this.#unixBody.end());
    }
  }

  #begin(header: Uint8Array): void {
    this.#inBody = true;
    let message = splitMessage(header);
    if (message.lineEnding === "lf") {
      this.#unixBody = new CrlfFixer({ bareCr: "keep" });
      message = splitMessage(toCrlf(header, { bareCr: "keep" }));
    }
    this.#listener.onHeader(message);
  }

  #body(chunk: Uint8Array): void {
    if (chunk.length > 0) {
      this.#listener.onBody(this.#unixBody?.push(chunk) ?? chunk);
    }
  }
}
