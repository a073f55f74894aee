import { argumentCheck, bytes as bytesRule, either, text } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";
import { asBuffer } from "../text/as-buffer.ts";

/** One header field, by offsets into the message's bytes. */
export interface HeaderField {
  /** As written, without white space before the colon. */
  readonly name: string;
  /** The name in lower case. */
  readonly key: string;
  /** The offset of the first byte of the name. */
  readonly start: number;
  /** The offset just after the colon. */
  readonly valueStart: number;
  /** The offset after the last line ending of the field, or the end of the input. */
  readonly end: number;
}

/** A violation of RFC 5322 in a header; the message is split all the same. */
export interface MessageDefect {
  /** The kind of defect. */
  readonly code:
    | "malformed-field" /* a header line that is no field; it and its continuations are skipped */
    | "leading-continuation" /* white space begins the header; so does a malformed field */
    | "bare-lf-in-header" /* the header has CRLF, and a line that ends without CR */
    | "nul-in-header"
    | "no-header";
  /** Its offset in bytes. */
  readonly offset: number;
}

/** A message split into header fields and body. Nothing is copied. */
export interface Message {
  /** The message, or its beginning with the whole header. */
  readonly bytes: Uint8Array;
  /** From the top down. */
  readonly fields: readonly HeaderField[];
  /** The fields of each key, from the top down. */
  readonly byKey: ReadonlyMap<string, readonly HeaderField[]>;
  /** The offset after the last header line; the blank line, if there is one, begins here. */
  readonly headerEnd: number;
  /** The offset of the body; the length of the input if there is no body. */
  readonly bodyStart: number;
  /** The line ending of the first line. "lf": a Unix file, whose lines get CRLF when it is sent. */
  readonly lineEnding: "crlf" | "lf" | "none";
  /** At most 100, but always the first of each code; in the order found, the NUL last. */
  readonly defects: readonly MessageDefect[];
}

/**
 * Whether a value is a message that `splitMessage` or a `HeaderReader` has read, for functions that take one besides
 * bytes.
 *
 * ```ts
 * isSplitMessage(splitMessage(bytes)); // true
 * isSplitMessage({ fields: [] }); // false
 * ```
 */
export function isSplitMessage(value: unknown): value is Message {
  if (typeof value !== "object" || value === null) return false;
  const { bytes, fields, byKey, bodyStart } = value as Partial<Message>;
  return (
    bytes instanceof Uint8Array &&
    Array.isArray(fields) &&
    typeof byKey?.get === "function" &&
    Number.isSafeInteger(bodyStart)
  );
}

/** Throws a `MailSyntaxError` "invalid-option". */
export const checkSplit: (message: unknown) => void = argumentCheck(
  "message",
  { expected: "a message that splitMessage has split", accepts: isSplitMessage },
  invalidOption,
);

const lf = 0x0a;
const cr = 0x0d;

const utf8 = new TextEncoder();
const checkMessage = argumentCheck("message", either(bytesRule, text), invalidOption);

/**
 * The bytes of a message that is text, in UTF-8; bytes are returned as they are.
 *
 * ```ts
 * messageBytes("Subject: Grüße"); // the octets of its UTF-8
 * ```
 */
export function messageBytes(message: string | Uint8Array): Uint8Array {
  if (typeof message === "string") return utf8.encode(message);
  checkMessage(message);
  return message;
}

/**
 * The bytes of a field with its line ending. A view, not a copy.
 *
 * ```ts
 * const [subject] = message.byKey.get("subject") ?? [];
 * if (subject !== undefined) process.stdout.write(rawField(message, subject));
 * ```
 */
export function rawField(message: Message, field: HeaderField): Uint8Array {
  return message.bytes.subarray(field.start, field.end);
}

/**
 * Everything after the colon, with folds and without the last line ending, as latin1: one character per byte.
 *
 * ```ts
 * const [subject] = message.byKey.get("subject") ?? [];
 * if (subject !== undefined) console.log(fieldValue(message, subject)); // " Lunch"
 * ```
 */
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

/**
 * The readable value: UTF-8 (an invalid byte becomes U+FFFD), unfolded (RFC 5322 2.2.3), trimmed.
 *
 * ```ts
 * const [subject] = message.byKey.get("subject") ?? [];
 * if (subject !== undefined) console.log(fieldText(message, subject)); // "Lunch"
 * ```
 */
export function fieldText(message: Message, field: HeaderField): string {
  return asBuffer(message.bytes)
    .toString("utf8", field.valueStart, field.end)
    .replaceAll(/\r?\n/g, "")
    .trim();
}
