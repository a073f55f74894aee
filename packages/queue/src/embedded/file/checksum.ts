import { crc32 } from "node:zlib";

/** Of what is stored together: SQLite itself has none, and gives back what a disk made of a page. */
export function checksumOf(...parts: readonly (string | Uint8Array)[]): number {
  return parts.reduce<number>((sum, part) => crc32(part, sum), 0);
}

/** Null: an earlier version stored it. */
export function isIntact(
  stored: number | null,
  ...parts: readonly (string | Uint8Array)[]
): boolean {
  return stored === null || stored === checksumOf(...parts);
}
