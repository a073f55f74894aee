import { checkChunk } from "../text/argument-checks.ts";
import {
  checkHeaderReaderOptions,
  HeaderReader,
  type HeaderReaderOptions,
  noOptions,
  splitMessage,
} from "./header-reader.ts";
import { CrlfFixer, toCrlf } from "./line-endings.ts";
import type { Message } from "./message.ts";

/** Receives a message as it arrives: its header once, then its body in pieces. */
export interface MessageListener {
  /** `message.bytes` is the header alone. */
  onHeader(message: Message): void;
  /** Takes the next bytes of the body. */
  onBody(chunk: Uint8Array): void;
}

/**
 * Reads a message that arrives in pieces of any size and reports it as SMTP would carry it: the
 * lines of a Unix file, whose first line ends with a bare LF, get CRLF (a bare CR stays). Memory:
 * the header, bounded by `maxHeaderBytes`.
 *
 * ```ts
 * const reader = new MessageReader({
 *   onHeader: (message) => console.log(message.fields.length),
 *   onBody: (chunk) => console.log(chunk.length),
 * });
 * reader.write(Buffer.from("From: ada@example.com\r\n\r\nAt noon?\r\n"));
 * reader.finish();
 * ```
 */
export class MessageReader {
  readonly #listener: MessageListener;
  readonly #options: HeaderReaderOptions;
  #header: HeaderReader | undefined;
  #unixBody: CrlfFixer | undefined;
  #inBody = false;

  /** Throws a `MailSyntaxError` "invalid-option". */
  constructor(listener: MessageListener, options: HeaderReaderOptions = noOptions) {
    if (options !== noOptions) checkHeaderReaderOptions(options);
    this.#listener = listener;
    this.#options = options;
  }

  /** Whether the message is a Unix file; known once its header is complete. */
  get unixFile(): boolean {
    return this.#unixBody !== undefined;
  }

  /**
   * Takes a header that has been read already; call it before any `write`. Bytes of `header.bytes` after
   * `bodyStart` are the beginning of the body.
   */
  begin(header: Message): void {
    this.#begin(header);
    this.#body(header.bytes.subarray(header.bodyStart));
  }

  /** Throws a `MailSyntaxError` "header-too-large" or "too-many-fields" if the header exceeds a limit. */
  write(chunk: Uint8Array): void {
    checkChunk(chunk);
    if (this.#inBody) {
      this.#body(chunk);
      return;
    }
    this.#header ??= new HeaderReader(this.#options);
    const read = this.#header.push(chunk);
    if (read !== undefined) {
      this.#begin(read.message);
      this.#body(read.rest);
    }
  }

  /** Ends the message; a header without a blank line is reported now. */
  finish(): void {
    if (!this.#inBody) {
      this.#begin((this.#header ?? new HeaderReader()).end());
    }
    if (this.#unixBody !== undefined) {
      this.#listener.onBody(this.#unixBody.end());
    }
  }

  #begin(message: Message): void {
    this.#inBody = true;
    this.#header = undefined;
    if (message.lineEnding !== "lf") {
      this.#listener.onHeader(headerAlone(message));
      return;
    }
    this.#unixBody = new CrlfFixer({ bareCr: "keep" });
    const header = message.bytes.subarray(0, message.bodyStart);
    this.#listener.onHeader(splitMessage(toCrlf(header, { bareCr: "keep" })));
  }

  #body(chunk: Uint8Array): void {
    if (chunk.length > 0) {
      this.#listener.onBody(this.#unixBody?.push(chunk) ?? chunk);
    }
  }
}

function headerAlone(message: Message): Message {
  const { bytes, bodyStart } = message;
  return bytes.length === bodyStart ? message : { ...message, bytes: bytes.subarray(0, bodyStart) };
}
