import { crc32 } from "node:zlib";

/** The checksum of values that are stored together. SQLite has none: it returns whatever the disk made of a page. */
export function checksumOf(...parts: readonly (string | Uint8Array)[]): number {
  return parts.reduce<number>((sum, part) => crc32(part, sum), 0);
}

/** Rows that an earlier version stored have no checksum (null), and count as intact. */
export function isIntact(
  stored: number | null,
  ...parts: readonly (string | Uint8Array)[]
): boolean {
  return stored === null || stored === checksumOf(...parts);
}
