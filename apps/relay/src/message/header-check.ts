import { Buffer, isUtf8 } from "node:buffer";

const lf = 0x0a;
const space = 0x20;
const tab = 0x09;
/** RFC 5321 6.3 asks for 100 at least. */
const maximumHops = 100;
const nonAscii = /[^\u0000-\u007f]/;
const addressField = /^(?:resent-)?(?:from|sender|reply-to|to|cc|bcc)[ \t]*:/i;
/** Around an address. In latin1, other white space may be a part of a character. */
const delimiters = /[ \t\r\n<>(),:;"]+/;
/** Of a line, as much as is looked at. */
const longestLine = 1024;

export interface HeaderLimits {
  readonly headerSize: number;
  readonly headerFields: number;
}

export type HeaderDefect = "header-too-large" | "too-many-fields" | "mail-loop";

/** Where a field stands in the message, its line end included. */
export interface FieldPlace {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Looks at a message's header as it comes in, in pieces of any size: its bounds, loops, and the first
 * field of one name. Keeps no more of it than one line.
 */
export class HeaderCheck {
  readonly #limits: HeaderLimits;
  readonly #wanted: string | undefined;
  #line: Uint8Array = new Uint8Array(0);
  #size = 0;
  #fields = 0;
  #hops = 0;
  #ended = false;
  #ascii = true;
  #utf8Address = false;
  /** The first line of the current field. */
  #field = "";
  #defect: HeaderDefect | undefined;
  #inWanted = false;
  #found: { value: string; start: number; end: number } | undefined;

  /** `wanted`: the name of the field to find. */
  constructor(limits: HeaderLimits, wanted?: string) {
    this.#limits = limits;
    this.#wanted = wanted === undefined ? undefined : `${wanted.toLowerCase()}:`;
  }

  get defect(): HeaderDefect | undefined {
    return this.#defect;
  }

  /** The wanted field, unfolded. */
  get found(): FieldPlace | undefined {
    return this.#found;
  }

  /** Whether the header is ASCII; one that is not needs SMTPUTF8 (RFC 6531). */
  get ascii(): boolean {
    return this.#ascii;
  }

  /** Whether an address in it is UTF-8. */
  get utf8Address(): boolean {
    return this.#utf8Address;
  }

  write(chunk: Uint8Array): void {
    for (let start = 0; !this.#ended && this.#defect === undefined && start < chunk.length;) {
      const at = chunk.indexOf(lf, start);
      const piece = chunk.subarray(start, at < 0 ? chunk.length : at + 1);
      start += piece.length;
      this.#size += piece.length;
      if (this.#size > this.#limits.headerSize) {
        this.#defect = "header-too-large";
      } else if (at < 0) {
        this.#line = joined(this.#line, piece);
      } else {
        this.#endLine(joined(this.#line, piece));
        this.#line = new Uint8Array(0);
      }
    }
  }

  #endLine(line: Uint8Array): void {
    if (line.length <= 2) {
      this.#ended = true;
      return;
    }
    // Names and what is looked for are ASCII: latin1 tells as well whether all of it is.
    const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString("latin1");
    const isContinued = line[0] === space || line[0] === tab;
    this.#field = isContinued ? this.#field : text;
    if (nonAscii.test(text)) {
      this.#ascii = false;
      this.#utf8Address ||=
        addressField.test(this.#field) && isUtf8(line) && text.split(delimiters).some(isUtf8Word);
    }
    if (isContinued) {
      if (this.#inWanted && this.#found !== undefined) {
        this.#found = {
          ...this.#found,
          value: `${this.#found.value} ${text.trim()}`,
          end: this.#size,
        };
      }
      return;
    }
    this.#beginField(text, line.length);
  }

  #beginField(text: string, length: number): void {
    this.#fields++;
    if (this.#fields > this.#limits.headerFields) {
      this.#defect = "too-many-fields";
      return;
    }
    if (isNamed(text, "received:")) {
      this.#hops++;
      if (this.#hops > maximumHops) {
        this.#defect = "mail-loop";
      }
    }
    this.#inWanted =
      this.#wanted !== undefined && this.#found === undefined && isNamed(text, this.#wanted);
    if (this.#inWanted && this.#wanted !== undefined) {
      const value = text.slice(this.#wanted.length).trim();
      this.#found = { value, start: this.#size - length, end: this.#size };
    }
  }
}

function isNamed(line: string, nameAndColon: string): boolean {
  return line.slice(0, nameAndColon.length).toLowerCase() === nameAndColon;
}

function joined(line: Uint8Array, piece: Uint8Array): Uint8Array {
  return line.length === 0
    ? piece
    : Buffer.concat([line, piece.subarray(0, Math.max(0, longestLine - line.length))]);
}

function isUtf8Word(word: string): boolean {
  return word.includes("@") && nonAscii.test(word);
}
