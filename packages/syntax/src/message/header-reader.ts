import { Buffer } from "node:buffer";
import { number, optionsCheck } from "@mailseal/errors";
import { invalidOption, MailSyntaxError } from "../errors.ts";
import { checkBytes, checkPiece } from "../text/argument-checks.ts";
import { asBuffer } from "../text/as-buffer.ts";
import { fieldNameAt } from "./field-name.ts";
import type { HeaderField, Message, MessageDefect } from "./message.ts";

const htab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const sp = 0x20;
const colon = 0x3a;
const del = 0x7f;
const maxDefects = 100;
const defaultMaxHeaderBytes = 16 * 1024 * 1024;
/** The steps in which a header in several pieces is copied, so that little of the body is copied with it. */
const copyStepBytes = 16 * 1024;

/** The limits on a header. */
export interface HeaderReaderOptions {
  /** Default 16 MiB. */
  readonly maxHeaderBytes?: number;
  /** The limit on fields, including malformed ones. Default: none. */
  readonly maxFields?: number;
}

/** The default of this package's own readers, which make one for each message. */
export const noOptions: HeaderReaderOptions = {};

export const checkHeaderReaderOptions: (options: unknown) => void =
  optionsCheck<HeaderReaderOptions>(
    "options",
    { maxHeaderBytes: number(1, Infinity, "bytes"), maxFields: number(1) },
    invalidOption,
  );

/** A header that is complete, and the bytes that followed it in the same piece. */
export interface ReadHeader {
  /** `message.bytes` is the header with its blank line. */
  readonly message: Message;
  /** The part of the last piece that belongs to the body. */
  readonly rest: Uint8Array;
}

/**
 * Reads the header of a message that arrives in pieces of any size: finds its end, its fields and its
 * defects (RFC 5322 2.1, 2.2) in one pass. Linear in the size. Nothing is copied if the first piece holds
 * the whole header.
 *
 * A header line ends at LF, with CR before it or without, so that a bare LF cannot hide a field from
 * this reader that another one sees. A line of white space alone continues the field before it
 * (obsolete folding, 4.2); the header ends at the first empty line.
 *
 * ```ts
 * const reader = new HeaderReader({ maxHeaderBytes: 65_536 });
 * reader.push(Buffer.from("From: ada@example.com\r\n")); // undefined: the header goes on
 * const read = reader.push(Buffer.from("\r\nAt noon?\r\n"));
 * read?.message.fields.length; // 1
 * ```
 */
export class HeaderReader {
  readonly #maxHeaderBytes: number;
  readonly #maxFields: number;
  readonly #fields: HeaderField[] = [];
  readonly #byKey = new Map<string, HeaderField[]>();
  readonly #defects: MessageDefect[] = [];
  /** Everything so far: the first piece itself, or a copy with room for more. */
  #bytes: Uint8Array = new Uint8Array(0);
  #isCopy = false;
  #sizeBytes = 0;
  #lineStart = 0;
  /** There is no LF between the start of the line and this offset. */
  #searchedTo = 0;
  #lineEnding: Message["lineEnding"] = "none";
  #fieldStart = -1;
  #nameEnd = 0;
  #valueStart = 0;
  #lineCount = 0;

  /** Throws a `MailSyntaxError` "invalid-option". */
  constructor(options: HeaderReaderOptions = noOptions) {
    if (options !== noOptions) checkHeaderReaderOptions(options);
    const { maxHeaderBytes, maxFields } = options;
    this.#maxHeaderBytes = maxHeaderBytes ?? defaultMaxHeaderBytes;
    this.#maxFields = maxFields ?? Infinity;
  }

  /** The size of the reader's own copy of the header; 0 as long as it has seen one piece only. */
  get copiedBytes(): number {
    return this.#isCopy ? this.#bytes.length : 0;
  }

  /**
   * The header, once its blank line has come. Throws a `MailSyntaxError` "header-too-large" for a header
   * of more than `maxHeaderBytes`, and "too-many-fields" for one of more than `maxFields`.
   */
  push(piece: Uint8Array): ReadHeader | undefined {
    checkPiece(piece);
    if (this.#sizeBytes === 0) {
      this.#bytes = piece;
      this.#sizeBytes = piece.length;
      const message = this.#read();
      return message && { message, rest: piece.subarray(message.bodyStart) };
    }
    for (let from = 0; from < piece.length; from += copyStepBytes) {
      const before = this.#sizeBytes;
      this.#append(piece.subarray(from, from + copyStepBytes));
      const message = this.#read();
      if (message !== undefined) {
        return { message, rest: piece.subarray(from + message.bodyStart - before) };
      }
    }
    return undefined;
  }

  /**
   * The header of a message that ended before a blank line came. Throws as `push` does, because the last line
   * may begin a field too many.
   */
  end(): Message {
    const size = this.#sizeBytes;
    const text = firstOf(asBuffer(this.#bytes), size);
    this.#readLines(text, "all of the message");
    return this.#toMessage(text, size, size);
  }

  #append(piece: Uint8Array): void {
    const size = this.#sizeBytes + piece.length;
    if (!this.#isCopy || size > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(1024, 2 * size));
      grown.set(this.#bytes.subarray(0, this.#sizeBytes));
      this.#bytes = grown;
      this.#isCopy = true;
    }
    this.#bytes.set(piece, this.#sizeBytes);
    this.#sizeBytes = size;
  }

  /** Reads the lines that are complete. */
  #read(): Message | undefined {
    const size = Math.min(this.#sizeBytes, this.#maxHeaderBytes);
    const text = firstOf(asBuffer(this.#bytes), size);
    const bodyStart = this.#readLines(text, "its beginning");
    if (bodyStart !== undefined) {
      return this.#toMessage(firstOf(text, bodyStart), this.#lineStart, bodyStart);
    }
    if (this.#sizeBytes > size) {
      throw new MailSyntaxError(
        "header-too-large",
        `the header is larger than the limit of ${this.#maxHeaderBytes} bytes: is this a mail message?`,
      );
    }
    return undefined;
  }

  /** Offset after the blank line, which begins at `#lineStart`; undefined if there is none yet. */
  #readLines(text: Buffer, extent: "its beginning" | "all of the message"): number | undefined {
    const size = text.length;
    let lineEnding = this.#lineEnding;
    let at = this.#lineStart;
    let searchFrom = Math.max(at, this.#searchedTo);
    let bodyStart: number | undefined;
    while (at < size) {
      const newline = text.indexOf(lf, searchFrom);
      if (newline < 0 && extent === "its beginning") {
        this.#searchedTo = size;
        break;
      }
      const lineEnd = newline < 0 ? size : newline + 1;
      if (newline >= 0) {
        const hasCr = newline > at && text[newline - 1] === cr;
        if (lineEnding === "none") {
          lineEnding = hasCr ? "crlf" : "lf";
        } else if (!hasCr && lineEnding === "crlf") {
          this.#complain("bare-lf-in-header", newline);
        }
        if (newline === at || (hasCr && newline - 1 === at)) {
          bodyStart = lineEnd;
          break;
        }
      }
      const first = text[at];
      if (first === sp || first === htab) {
        if (at === 0) this.#complain("leading-continuation", at);
      } else {
        this.#beginField(text, at, lineEnd);
      }
      at = lineEnd;
      searchFrom = at;
    }
    this.#lineEnding = lineEnding;
    this.#lineStart = at;
    if (bodyStart !== undefined || extent === "all of the message") this.#closeField(text, at);
    return bodyStart;
  }

  #beginField(text: Buffer, at: number, lineEnd: number): void {
    this.#closeField(text, at);
    if (++this.#lineCount > this.#maxFields) {
      throw new MailSyntaxError(
        "too-many-fields",
        `the header has more fields than the limit of ${this.#maxFields}: is this a mail message?`,
      );
    }
    const end = endOfName(text, at, lineEnd);
    const after = end === at ? -1 : skipBlanks(text, end, lineEnd);
    if (after >= 0 && text[after] === colon) {
      this.#fieldStart = at;
      this.#nameEnd = end;
      this.#valueStart = after + 1;
    } else {
      this.#complain("malformed-field", at);
    }
  }

  #closeField(text: Buffer, end: number): void {
    const start = this.#fieldStart;
    if (start < 0) return;
    const { name, key } = fieldNameAt(text, start, this.#nameEnd);
    const field = { name, key, start, valueStart: this.#valueStart, end };
    this.#fields.push(field);
    const same = this.#byKey.get(key);
    if (same === undefined) {
      this.#byKey.set(key, [field]);
    } else {
      same.push(field);
    }
    this.#fieldStart = -1;
  }

  #complain(code: MessageDefect["code"], offset: number): void {
    // Many defects of one kind must not hide another kind.
    if (this.#defects.length < maxDefects || !this.#defects.some((it) => it.code === code)) {
      this.#defects.push({ code, offset });
    }
  }

  #toMessage(text: Buffer, headerEnd: number, bodyStart: number): Message {
    if (this.#fields.length === 0) this.#complain("no-header", 0);
    // The blank line, which may be part of the text, has no NUL.
    const nul = text.indexOf(0);
    if (nul >= 0) this.#defects.push({ code: "nul-in-header", offset: nul });
    return {
      bytes: text,
      fields: this.#fields,
      byKey: this.#byKey,
      headerEnd,
      bodyStart,
      lineEnding: this.#lineEnding,
      defects: this.#defects,
    };
  }
}

/**
 * Splits a message that is in memory into header fields and body, as `HeaderReader` reads it. Never throws.
 *
 * ```ts
 * const message = splitMessage(Buffer.from("From: ada@example.com\r\n\r\nAt noon?\r\n"));
 * message.fields[0]?.name; // "From"
 * ```
 */
export function splitMessage(bytes: Uint8Array): Message {
  checkBytes(bytes);
  const reader = new HeaderReader({ maxHeaderBytes: Infinity });
  const read = reader.push(bytes);
  const { fields, byKey, headerEnd, bodyStart, lineEnding, defects } =
    read?.message ?? reader.end();
  return { bytes, fields, byKey, headerEnd, bodyStart, lineEnding, defects };
}

/** The first bytes. Comparing the length is faster than making a view that is not needed. */
function firstOf(bytes: Buffer, size: number): Buffer {
  return bytes.length === size ? bytes : bytes.subarray(0, size);
}

/** The offset after the ftext (RFC 5322 3.6.8) that begins at `from`. */
function endOfName(bytes: Uint8Array, from: number, limit: number): number {
  let at = from;
  while (at < limit) {
    const byte = bytes[at] ?? 0;
    if (byte <= sp || byte >= del || byte === colon) {
      break;
    }
    at++;
  }
  return at;
}

function skipBlanks(bytes: Uint8Array, from: number, limit: number): number {
  let at = from;
  while (at < limit && (bytes[at] === sp || bytes[at] === htab)) {
    at++;
  }
  return at;
}
