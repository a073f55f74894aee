import { Buffer, isAscii, isUtf8 } from "node:buffer";
import { type HeaderLimit, headerLimitOf } from "@mailseal/policy";
import {
  fieldValue,
  type HeaderField,
  HeaderReader,
  type Message,
  rawField,
} from "@mailseal/syntax";

/** RFC 5321 6.3 requires a limit of at least 100. */
const maximumHops = 100;
// oxlint-disable-next-line no-control-regex -- ASCII is meant
const nonAscii = /[^\u0000-\u007f]/;
const addressField = /^(?:resent-)?(?:from|sender|reply-to|to|cc|bcc)$/;
/** Characters around an address. In latin1, other white space may be part of a UTF-8 character. */
const delimiters = /[ \t\r\n<>(),:;"]+/;

export interface HeaderLimits {
  readonly headerSize: number;
  readonly headerFields: number;
}

export type HeaderDefect = HeaderLimit | "mail-loop";

/** The unfolded value of a field, and its offsets in the message, line ending included. */
export interface UnfoldedField {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the header of a message while it is received, in pieces of any size and within the limits. Nobody
 * reads it again: all who need it take `header`.
 */
export class HeaderCheck {
  readonly #reader: HeaderReader;
  #header: Message | undefined;
  #defect: HeaderDefect | undefined;

  constructor({ headerSize, headerFields }: HeaderLimits) {
    this.#reader = new HeaderReader({ maxHeaderBytes: headerSize, maxFields: headerFields });
  }

  get defect(): HeaderDefect | undefined {
    return this.#defect;
  }

  /** Undefined until the header is complete, and if it has a defect. */
  get header(): Message | undefined {
    return this.#header;
  }

  /** Octets of the copy of the header that is held besides the message. */
  get copiedBytes(): number {
    return this.#reader.copiedBytes;
  }

  write(chunk: Uint8Array): void {
    this.#take(() => this.#reader.push(chunk)?.message);
  }

  /** Ends the message: if no blank line has come, everything is the header. */
  finish(): void {
    this.#take(() => this.#reader.end());
  }

  #take(read: () => Message | undefined): void {
    if (this.#header !== undefined || this.#defect !== undefined) return;
    let header: Message | undefined;
    try {
      header = read();
    } catch (error) {
      const limit = headerLimitOf(error);
      if (limit === undefined) throw error;
      this.#defect = limit;
    }
    if ((header?.byKey.get("received")?.length ?? 0) > maximumHops) {
      this.#defect = "mail-loop";
    } else {
      this.#header = header;
    }
  }
}

/** Finds the first field of a name. */
export function findField(header: Message, name: string): UnfoldedField | undefined {
  const [field] = header.byKey.get(name.toLowerCase()) ?? [];
  if (field === undefined) return undefined;
  const lines = fieldValue(header, field).split("\n");
  const value = lines.map((line) => line.trim()).join(" ");
  return { value: value.trim(), start: field.start, end: field.end };
}

/** Whether the header is ASCII. A header that is not needs SMTPUTF8 (RFC 6531). */
export function hasAsciiHeader({ bytes, headerEnd }: Message): boolean {
  return isAscii(bytes.subarray(0, headerEnd));
}

/** Whether an address in the header contains UTF-8. */
export function hasUtf8Address(header: Message): boolean {
  return header.fields.some(
    (field) => addressField.test(field.key) && linesOf(header, field).some(hasUtf8Word),
  );
}

function linesOf(header: Message, field: HeaderField): readonly Uint8Array[] {
  const raw = rawField(header, field);
  return isAscii(raw)
    ? []
    : Buffer.from(raw)
        .toString("latin1")
        .split("\n")
        .map((line) => Buffer.from(line, "latin1"));
}

function hasUtf8Word(line: Uint8Array): boolean {
  const words = Buffer.from(line).toString("latin1").split(delimiters);
  return isUtf8(line) && words.some((word) => word.includes("@") && nonAscii.test(word));
}
