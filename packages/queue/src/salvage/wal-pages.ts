import { readFileSync } from "node:fs";
import { pageBytes } from "../embedded/file/open-database.ts";

/** What a WAL has of the database's pages. https://www.sqlite.org/fileformat2.html#walformat */
export interface WalPages {
  /** The last committed version of each page. */
  readonly pages: ReadonlyMap<number, Uint8Array>;
  /** Pages whose last version is in a damaged frame, and so is not known. */
  readonly unknown: ReadonlySet<number>;
  /** What is wrong with it, one line each. */
  readonly findings: readonly string[];
}

/**
 * `strict` stops at the first frame that is not what its checksum says, as SQLite does: what follows may be left
 * over from before. `tolerant` goes on after it, and does without the header: for a queue that is known to have
 * been longer.
 */
export type WalReading = "strict" | "tolerant";

const headerBytes = 32;
const frameHeaderBytes = 24;
const frameBytes = frameHeaderBytes + pageBytes;
const magic = 0x37_7f_06_82;

interface Sums {
  readonly first: number;
  readonly second: number;
}

interface Frame {
  readonly page: number;
  /** It is the last of its transaction. */
  readonly isCommit: boolean;
  readonly isIntact: boolean;
  readonly bytes: Buffer;
}

const none: WalPages = { pages: new Map(), unknown: new Set(), findings: [] };

export function readWal(path: string, reading: WalReading): WalPages {
  let wal: Buffer;
  try {
    wal = readFileSync(path);
  } catch {
    return none;
  }
  if (wal.length < headerBytes + frameBytes) return none;
  const findings: string[] = [];
  const header = headerSums(wal);
  if (header === undefined) {
    if (reading === "strict") return { ...none, findings: ["the header of the WAL is damaged"] };
    findings.push("the header of the WAL is damaged: its pages are taken by their own checksums");
  }
  const frames = framesOf(wal, header, reading);
  const last = frames.findLastIndex(({ isCommit, isIntact }) => isCommit && isIntact);
  const pages = new Map<number, Uint8Array>();
  const unknown = new Set<number>();
  for (const { page, isIntact, bytes } of frames.slice(0, last + 1)) {
    if (isIntact) {
      pages.set(page, bytes);
      unknown.delete(page);
    } else {
      pages.delete(page);
      unknown.add(page);
    }
  }
  const damaged = frames.slice(0, last + 1).filter(({ isIntact }) => !isIntact).length;
  if (damaged > 0) findings.push(`${damaged} frames of the WAL are damaged`);
  return { pages, unknown, findings };
}

function framesOf(wal: Buffer, header: Sums | undefined, reading: WalReading): readonly Frame[] {
  const littleEndian = wal.readUInt32BE(0) !== magic + 1;
  const saltAt = header === undefined ? headerBytes + 8 : 16;
  const salts = wal.subarray(saltAt, saltAt + 8);
  const frames: Frame[] = [];
  // Of the frame before: as it is stored, and as it should be, for either may be damaged.
  let before: readonly Sums[] = header === undefined ? [] : [header];
  for (let start = headerBytes; start + frameBytes <= wal.length; start += frameBytes) {
    const isOurs = wal.subarray(start + 8, start + 16).equals(salts);
    if (!isOurs && reading === "strict") break;
    if (!isOurs) continue;
    const stored = { first: wal.readUInt32BE(start + 16), second: wal.readUInt32BE(start + 20) };
    const bytes = wal.subarray(start + frameHeaderBytes, start + frameBytes);
    const sums = before.map((sum) =>
      add(add(sum, wal.subarray(start, start + 8), littleEndian), bytes, littleEndian),
    );
    // With no frame before it there is nothing to check the first one by.
    const isIntact = before.length === 0 || sums.some((sum) => isSame(sum, stored));
    if (!isIntact && reading === "strict") break;
    const isCommit = wal.readUInt32BE(start + 4) !== 0;
    frames.push({ page: wal.readUInt32BE(start), isCommit, isIntact, bytes });
    before = isIntact ? [stored] : [stored, ...sums];
  }
  return frames;
}

/** Undefined: it is damaged. */
function headerSums(wal: Buffer): Sums | undefined {
  const littleEndian = wal.readUInt32BE(0) === magic;
  if (!littleEndian && wal.readUInt32BE(0) !== magic + 1) return undefined;
  if (wal.readUInt32BE(8) !== pageBytes) return undefined;
  const stored = { first: wal.readUInt32BE(24), second: wal.readUInt32BE(28) };
  return isSame(add({ first: 0, second: 0 }, wal.subarray(0, 24), littleEndian), stored)
    ? stored
    : undefined;
}

function add(sums: Sums, bytes: Buffer, littleEndian: boolean): Sums {
  let { first, second } = sums;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 8) {
    first = (first + view.getUint32(at, littleEndian) + second) >>> 0;
    second = (second + view.getUint32(at + 4, littleEndian) + first) >>> 0;
  }
  return { first, second };
}

function isSame(a: Sums, b: Sums): boolean {
  return a.first === b.first && a.second === b.second;
}
