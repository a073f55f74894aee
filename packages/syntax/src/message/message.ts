import { asBuffer } from "../text/as-buffer.ts";
import { fieldNameAt } from "./field-name.ts";

/** One header field, by offsets into the message's bytes. */
export interface HeaderField {
  /** As written, without white space before the colon. */
  readonly name: string;
  /** The name in lower case. */
  readonly key: string;
  /** Of the name's first byte. */
  readonly start: number;
  /** Just after the colon. */
  readonly valueStart: number;
  /** After the field's last line ending, or the end of the input. */
  readonly end: number;
}

/** A header that is not as RFC 5322 has it; the message was split all the same. */
export interface MessageDefect {
  readonly code:
    | "malformed-field" /* a header line that is no field; it and its continuations are skipped */
    | "leading-continuation" /* white space begins the header; so does a malformed field */
    | "bare-lf-in-header" /* the header has CRLF, and a line that ends without CR */
    | "nul-in-header"
    | "no-header";
  /** Where it stands, in bytes. */
  readonly offset: number;
}

/** A message split into header fields and body. Nothing is copied. */
export interface Message {
  readonly bytes: Uint8Array;
  /** From the top down. */
  readonly fields: readonly HeaderField[];
  /** The fields of each key, from the top down. */
  readonly byKey: ReadonlyMap<string, readonly HeaderField[]>;
  /** Offset after the last header line; the blank line, where there is one, begins here. */
  readonly headerEnd: number;
  /** Where the body begins; the length of the input where there is none. */
  readonly bodyStart: number;
  /** Of the first line. "lf": a Unix file, whose lines get CRLF when it is sent. */
  readonly lineEnding: "crlf" | "lf" | "none";
  /** At most 100, but the first of each code in any case; in the order found, the NUL last. */
  readonly defects: readonly MessageDefect[];
}

const htab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const sp = 0x20;
const colon = 0x3a;
const del = 0x7f;
const maxDefects = 100;

/**
 * Splits a message (RFC 5322 2.1, 2.2). Linear in the size; never throws.
 *
 * A header line ends at LF, with CR before it or without, so that a bare LF cannot hide a field from
 * this reader that another one sees. A line of white space alone continues the field before it
 * (obsolete folding, 4.2); the header ends at the first line with nothing in it.
 */
export function splitMessage(bytes: Uint8Array): Message {
  const fields: HeaderField[] = [];
  const byKey = new Map<string, HeaderField[]>();
  const defects: MessageDefect[] = [];
  const text = asBuffer(bytes);
  const size = bytes.length;
  let lineEnding: Message["lineEnding"] = "none";
  let headerEnd = size;
  let bodyStart = size;
  let fieldStart = -1;
  let valueStart = 0;
  let nameEnd = 0;

  const complain = (code: MessageDefect["code"], offset: number): void => {
    // Many of one kind must not hide that there is another.
    if (defects.length < maxDefects || !defects.some((defect) => defect.code === code)) {
      defects.push({ code, offset });
    }
  };
  const closeField = (end: number): void => {
    if (fieldStart >= 0) {
      const { name, key } = fieldNameAt(text, fieldStart, nameEnd);
      const field = { name, key, start: fieldStart, valueStart, end };
      fields.push(field);
      const same = byKey.get(key);
      if (same === undefined) {
        byKey.set(key, [field]);
      } else {
        same.push(field);
      }
      fieldStart = -1;
    }
  };

  let at = 0;
  while (at < size) {
    const newline = text.indexOf(lf, at);
    const lineEnd = newline < 0 ? size : newline + 1;
    if (newline >= 0) {
      const hasCr = newline > at && bytes[newline - 1] === cr;
      if (lineEnding === "none") {
        lineEnding = hasCr ? "crlf" : "lf";
      } else if (lineEnding === "crlf" && !hasCr) {
        complain("bare-lf-in-header", newline);
      }
      if (newline === at || (hasCr && newline - 1 === at)) {
        headerEnd = at;
        bodyStart = lineEnd;
        break;
      }
    }
    const first = bytes[at];
    if (first === sp || first === htab) {
      if (fields.length === 0 && fieldStart < 0 && at === 0) {
        complain("leading-continuation", at);
      }
    } else {
      closeField(at);
      const end = endOfName(bytes, at, lineEnd);
      const after = end === at ? -1 : skipBlanks(bytes, end, lineEnd);
      if (after >= 0 && bytes[after] === colon) {
        fieldStart = at;
        nameEnd = end;
        valueStart = after + 1;
      } else {
        complain("malformed-field", at);
      }
    }
    at = lineEnd;
  }
  closeField(headerEnd);
  if (fields.length === 0) {
    complain("no-header", 0);
  }
  const nul = (bodyStart === size ? text : text.subarray(0, headerEnd)).indexOf(0);
  if (nul >= 0) {
    defects.push({ code: "nul-in-header", offset: nul });
  }
  return { bytes, fields, byKey, headerEnd, bodyStart, lineEnding, defects };
}

/** The field as it stands, with its line ending. A view, not a copy. */
export function rawField(message: Message, field: HeaderField): Uint8Array {
  return message.bytes.subarray(field.start, field.end);
}

/** What follows the colon, folds and all, less the last line ending: latin1, one character a byte. */
export function fieldValue(message: Message, field: HeaderField): string {
  const { bytes } = message;
  let { end } = field;
  if (end > field.valueStart && bytes[end - 1] === lf) {
    end--;
    if (end > field.valueStart && bytes[end - 1] === cr) {
      end--;
    }
  }
  return asBuffer(bytes).toString("latin1", field.valueStart, end);
}

/** The value for reading: UTF-8 (an invalid byte becomes U+FFFD), unfolded (RFC 5322 2.2.3), trimmed. */
export function fieldText(message: Message, field: HeaderField): string {
  return asBuffer(message.bytes)
    .toString("utf8", field.valueStart, field.end)
    .replaceAll(/\r?\n/g, "")
    .trim();
}

/** Past the ftext (RFC 5322 3.6.8) that begins at `at`. */
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
