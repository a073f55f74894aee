import { Buffer } from "node:buffer";
import { splitMessage } from "./header-reader.ts";
import type { HeaderField, Message } from "./message.ts";

/** A header field to add to a message. */
export interface NewField {
  /** The name, as it is to be written. */
  readonly name: string;
  /** Everything after the colon, with the first space and the folds (CRLF), without the last line ending. */
  readonly value: string;
}

/** Offsets in a message: from the first byte to just after the last. */
export interface ByteRange {
  /** The first byte. */
  readonly start: number;
  /** The offset after the last byte. */
  readonly end: number;
}

/** The changes of `changedHeader`. */
export interface HeaderChanges {
  /** On top of the header, in this order. */
  readonly prepend: readonly NewField[];
  /** Fields to remove, line endings included, in any order. */
  readonly remove: readonly ByteRange[];
}

/**
 * Makes a `NewField` of a whole field, with its line ending or without.
 *
 * ```ts
 * newField("X-Spam: no\r\n"); // { name: "X-Spam", value: " no" }
 * ```
 */
export function newField(field: string): NewField {
  const colon = field.indexOf(":");
  const end = field.endsWith("\r\n") ? field.length - 2 : field.length;
  return { name: field.slice(0, colon), value: field.slice(colon + 1, end) };
}

/**
 * The text of the fields, each with its CRLF.
 *
 * ```ts
 * formatFields([{ name: "X-Spam", value: " no" }]); // "X-Spam: no\r\n"
 * ```
 */
export function formatFields(fields: readonly NewField[]): string {
  return fields.map(({ name, value }) => `${name}:${value}\r\n`).join("");
}

/**
 * The parts of a piece that remain when `removed` is cut out of the message. Views, not copies.
 *
 * ```ts
 * const pieces = keptPieces(Buffer.from("abcdef"), 0, [{ start: 1, end: 3 }]); // "a", "def"
 * ```
 *
 * @param offset where the piece begins in the message
 * @param removed sorted by `start`
 */
export function keptPieces(
  piece: Uint8Array,
  offset: number,
  removed: readonly ByteRange[],
): Uint8Array[] {
  const kept: Uint8Array[] = [];
  let from = 0;
  for (const { start, end } of removed) {
    const cutStart = Math.min(Math.max(start - offset, from), piece.length);
    if (cutStart > from) kept.push(piece.subarray(from, cutStart));
    from = Math.min(Math.max(end - offset, from), piece.length);
  }
  if (from < piece.length) kept.push(from === 0 ? piece : piece.subarray(from));
  return kept;
}

/**
 * A message with fields added on top and fields removed. The header is not read again, unless it has a
 * defect, which may disappear with a removed field, or a removed range is not a whole field.
 *
 * ```ts
 * const prepend = [newField("X-Spam: no\r\n")];
 * const remove = message.byKey.get("bcc") ?? [];
 * const { bytes } = changedHeader(message, { prepend, remove });
 * ```
 */
export function changedHeader(message: Message, { prepend, remove }: HeaderChanges): Message {
  const removed = remove.toSorted((one, other) => one.start - other.start);
  const top = Buffer.from(formatFields(prepend), "utf8");
  const bytes = Buffer.concat([top, ...keptPieces(message.bytes, 0, removed)]);
  const isClean = message.defects.length === 0 && message.lineEnding === "crlf";
  const moved = isClean ? movedFields(message, removed, top.length) : undefined;
  if (moved === undefined || prepend.length + moved.length === 0) {
    return splitMessage(bytes);
  }
  const fields = [...fieldsOf(prepend), ...moved];
  const shift = bytes.length - message.bytes.length;
  return {
    bytes,
    fields,
    byKey: byKeyOf(fields),
    headerEnd: message.headerEnd + shift,
    bodyStart: message.bodyStart + shift,
    lineEnding: "crlf",
    defects: message.defects,
  };
}

function fieldsOf(prepend: readonly NewField[]): HeaderField[] {
  let start = 0;
  return prepend.map(({ name, value }) => {
    const valueStart = start + name.length + 1;
    const end = valueStart + Buffer.byteLength(value, "utf8") + 2;
    const field = { name, key: name.toLowerCase(), start, valueStart, end };
    start = end;
    return field;
  });
}

/** The fields that stay, at their new offsets; undefined if a removed range is not one whole field. */
function movedFields(
  { fields }: Message,
  removed: readonly ByteRange[],
  added: number,
): HeaderField[] | undefined {
  const moved: HeaderField[] = [];
  let shift = added;
  let next = 0;
  for (const { name, key, start, valueStart, end } of fields) {
    const range = removed[next];
    if (range?.start === start && range.end === end) {
      shift += start - end;
      next++;
    } else {
      moved.push({
        name,
        key,
        start: start + shift,
        valueStart: valueStart + shift,
        end: end + shift,
      });
    }
  }
  return next === removed.length ? moved : undefined;
}

function byKeyOf(fields: readonly HeaderField[]): ReadonlyMap<string, readonly HeaderField[]> {
  const byKey = new Map<string, HeaderField[]>();
  for (const field of fields) {
    const same = byKey.get(field.key);
    if (same === undefined) byKey.set(field.key, [field]);
    else same.push(field);
  }
  return byKey;
}
