import { Buffer, isAscii, isUtf8 } from "node:buffer";
import { type HeaderLimit, headerLimitOf } from "@mailseal/policy";
import {
  fieldValue,
  type HeaderField,
  HeaderReader,
  type Message,
  rawField,
} from "@mailseal/syntax";

/** RFC 5321 6.3 asks for 100 at least. */
const maximumHops = 100;
// oxlint-disable-next-line no-control-regex -- ASCII is meant
const nonAscii = /[^\u0000-\u007f]/;
const addressField = /^(?:resent-)?(?:from|sender|reply-to|to|cc|bcc)$/;
/** Around an address. In latin1, other white space may be a part of a character. */
const delimiters = /[ \t\r\n<>(),:;"]+/;

export interface HeaderLimits {
  readonly headerSize: number;
  readonly headerFields: number;
}

export type HeaderDefect = HeaderLimit | "mail-loop";

/** A field's value, unfolded, and its offsets in the message, line ending included. */
export interface FoundField {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the header of a message as it comes in, in pieces of any size, within its limits; once, for all
 * who need it.
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

  /** Undefined until it is complete, and with a defect. */
  get header(): Message | undefined {
    return this.#header;
  }

  /** Octets of the header that are held beside the message. */
  get copiedBytes(): number {
    return this.#reader.copiedBytes;
  }

  write(chunk: Uint8Array): void {
    if (this.#header !== undefined || this.#defect !== undefined) return;
    try {
      this.#take(this.#reader.push(chunk)?.message);
    } catch (error) {
      const limit = headerLimitOf(error);
      if (limit === undefined) throw error;
      this.#defect = limit;
    }
  }

  /** No more comes: what there is, is the header. */
  finish(): void {
    if (this.#header === undefined && this.#defect === undefined) this.#take(this.#reader.end());
  }

  #take(header: Message | undefined): void {
    if ((header?.byKey.get("received")?.length ?? 0) > maximumHops) {
      this.#defect = "mail-loop";
    } else {
      this.#header = header;
    }
  }
}

/** The first field of a name. */
export function findField(header: Message, name: string): FoundField | undefined {
  const [field] = header.byKey.get(name.toLowerCase()) ?? [];
  if (field === undefined) return undefined;
  const lines = fieldValue(header, field).split("\n");
  const value = lines.map((line) => line.trim()).join(" ");
  return { value: value.trim(), start: field.start, end: field.end };
}

/** Whether the header is ASCII; one that is not needs SMTPUTF8 (RFC 6531). */
export function hasAsciiHeader({ bytes, headerEnd }: Message): boolean {
  return isAscii(bytes.subarray(0, headerEnd));
}

/** Whether an address in the header is UTF-8. */
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
