import { pageBytes } from "../embedded/file/open-database.ts";
import type { Pages } from "./pages.ts";

/** A value in a record of SQLite. */
export type Value = null | number | string | Buffer;

/** The place of a row. */
export interface Place {
  readonly page: number;
  /** Of its cell in the page. */
  readonly offset: number;
}

export interface Row extends Place {
  /** Undefined in a table without row ids. */
  readonly rowId: number | undefined;
  readonly values: readonly Value[];
}

const tableLeaf = 0x0d;
const indexLeaf = 0x0a;
const pageTypes: ReadonlySet<number> = new Set([0x02, 0x05, indexLeaf, tableLeaf]);

/** The rows in a page; `malformed` is the number of those that cannot be read. Undefined if it is not a page of a tree. */
export function rowsOf(
  pages: Pages,
  page: number,
): { readonly rows: readonly Row[]; readonly malformed: number } | undefined {
  const bytes = pages.read(page);
  const header = page === 1 ? 100 : 0;
  const type = bytes?.[header];
  if (bytes === undefined || type === undefined || !pageTypes.has(type)) return undefined;
  if (type !== tableLeaf && type !== indexLeaf) return { rows: [], malformed: 0 };
  const cells = bytes.readUInt16BE(header + 3);
  if (header + 8 + 2 * cells > pageBytes) return undefined;
  const rows: Row[] = [];
  for (let index = 0; index < cells; index += 1) {
    const offset = bytes.readUInt16BE(header + 8 + 2 * index);
    const row = rowAt(pages, bytes, { page, offset }, type);
    if (row !== undefined) rows.push(row);
  }
  return { rows, malformed: cells - rows.length };
}

/** Reads a row of a table again. */
export function rowIn(pages: Pages, place: Place): Row | undefined {
  const bytes = pages.read(place.page);
  return bytes && rowAt(pages, bytes, place, tableLeaf);
}

function rowAt(pages: Pages, bytes: Buffer, place: Place, type: number): Row | undefined {
  try {
    const size = varint(bytes, place.offset);
    const key = type === tableLeaf ? varint(bytes, size.end) : undefined;
    const payload = payloadAt(pages, bytes, key?.end ?? size.end, size.value, type);
    const values = payload && valuesOf(payload);
    return values && { ...place, rowId: key?.value, values };
  } catch (error) {
    // Buffer checks every read: a row that points outside its page is damaged.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function payloadAt(
  pages: Pages,
  bytes: Buffer,
  start: number,
  size: number,
  type: number,
): Buffer | undefined {
  const most = type === tableLeaf ? pageBytes - 35 : Math.floor(((pageBytes - 12) * 64) / 255) - 23;
  const least = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
  const fitting = least + ((size - least) % (pageBytes - 4));
  const local = size <= most ? size : fitting <= most ? fitting : least;
  if (start + local > pageBytes || size > pages.count * pageBytes) return undefined;
  const parts = [bytes.subarray(start, start + local)];
  let left = size - local;
  let next = left > 0 ? bytes.readUInt32BE(start + local) : 0;
  while (left > 0) {
    if (next < 2 || next > pages.count) return undefined;
    const overflow = pages.read(next);
    if (overflow === undefined) return undefined;
    const part = overflow.subarray(4, 4 + Math.min(left, pageBytes - 4));
    parts.push(part);
    left -= part.length;
    next = overflow.readUInt32BE(0);
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

/** https://www.sqlite.org/fileformat2.html#record_format */
function valuesOf(payload: Buffer): readonly Value[] | undefined {
  const header = varint(payload, 0);
  if (header.value < header.end || header.value > payload.length) return undefined;
  const values: Value[] = [];
  let at = header.value;
  for (let place = header.end; place < header.value;) {
    const type = varint(payload, place);
    place = type.end;
    const sizeBytes = sizeOf(type.value);
    if (at + sizeBytes > payload.length) return undefined;
    const value = valueAt(payload.subarray(at, at + sizeBytes), type.value);
    if (value === undefined) return undefined;
    values.push(value);
    at += sizeBytes;
  }
  return at === payload.length ? values : undefined;
}

function sizeOf(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0][type] ?? 0;
}

/** Undefined for a type that no table of a queue has. */
function valueAt(bytes: Buffer, type: number): Value | undefined {
  if (type >= 12) return type % 2 === 0 ? bytes : bytes.toString("utf8");
  switch (type) {
    case 0:
      return null;
    case 6:
      return Number(bytes.readBigInt64BE());
    case 8:
    case 9:
      return type - 8;
    default:
      return type < 6 ? bytes.readIntBE(0, bytes.length) : undefined;
  }
}

function varint(bytes: Buffer, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let index = 0; index < 9; index += 1) {
    const octet = bytes.readUInt8(start + index);
    if (index === 8) return { value: value * 256 + octet, end: start + 9 };
    value = value * 128 + (octet & 0x7f);
    if (octet < 0x80) return { value, end: start + index + 1 };
  }
  return { value, end: start + 9 };
}
