import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { pageBytes } from "../embedded/file/open-database.ts";

/**
 * `strict` stops at the first frame whose checksum is wrong, as SQLite does, because the frames after it may be left
 * over from earlier transactions. `tolerant` continues after such a frame and works without the header; it is for a
 * queue that is known to have had more transactions than `strict` finds.
 */
export type WalReading = "strict" | "tolerant";

const headerBytes = 32;
const frameHeaderBytes = 24;
const frameBytes = frameHeaderBytes + pageBytes;
const magic = 0x37_7f_06_82;

/** The checksums by which a frame after damaged ones is checked. A limit keeps a WAL of damaged frames linear. */
const maxCandidates = 4;

interface Sums {
  readonly first: number;
  readonly second: number;
}

interface Frame {
  readonly page: number;
  /** Where its page starts in the WAL. */
  readonly offset: number;
  /** Whether it is the last frame of its transaction. */
  readonly isCommit: boolean;
  readonly isIntact: boolean;
}

/**
 * The pages of a database that are in its WAL. https://www.sqlite.org/fileformat2.html#walformat
 *
 * Keeps where each page is, not its bytes, because a WAL has no maximum size. Reads only.
 */
export class WalPages {
  /** The problems found in the WAL, one line each. */
  readonly findings: readonly string[];
  /** The largest page number in the WAL; 0 if it has no pages. */
  readonly lastPage: number;
  readonly #descriptor: number | undefined;
  /** Where the last committed version of each page is; undefined if that is in a damaged frame. */
  readonly #offsets = new Map<number, number | undefined>();

  /** A file that does not exist has no pages. Throws if a file that exists cannot be opened. */
  constructor(path: string, reading: WalReading) {
    const descriptor = openExisting(path);
    this.#descriptor = descriptor;
    if (descriptor === undefined) {
      this.findings = [];
      this.lastPage = 0;
      return;
    }
    const { frames, findings } = readFrames(descriptor, reading);
    const last = frames.findLastIndex(({ isCommit, isIntact }) => isCommit && isIntact);
    let [lastPage, damaged] = [0, 0];
    for (const { page, offset, isIntact } of frames.slice(0, last + 1)) {
      this.#offsets.set(page, isIntact ? offset : undefined);
      lastPage = Math.max(lastPage, page);
      if (!isIntact) damaged += 1;
    }
    this.lastPage = lastPage;
    this.findings =
      damaged > 0 ? [...findings, `${damaged} frames of the WAL are damaged`] : findings;
  }

  has(page: number): boolean {
    return this.#offsets.has(page);
  }

  /** Undefined if the WAL does not have the page, or its last version is in a damaged frame. */
  read(page: number): Buffer | undefined {
    const offset = this.#offsets.get(page);
    return offset === undefined || this.#descriptor === undefined
      ? undefined
      : readAt(this.#descriptor, offset, pageBytes);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}

function openExisting(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Undefined if the file ends before, or the disk cannot read that part of it. */
function readAt(descriptor: number, offset: number, sizeBytes: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  try {
    return readSync(descriptor, bytes, 0, sizeBytes, offset) === sizeBytes ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function readFrames(
  descriptor: number,
  reading: WalReading,
): { readonly frames: readonly Frame[]; readonly findings: readonly string[] } {
  const walBytes = fstatSync(descriptor).size;
  const start = readAt(descriptor, 0, headerBytes + frameHeaderBytes);
  if (walBytes < headerBytes + frameBytes || start === undefined)
    return { frames: [], findings: [] };
  const header = headerSums(start);
  if (header === undefined && reading === "strict") {
    return { frames: [], findings: ["the header of the WAL is damaged"] };
  }
  const littleEndian = start.readUInt32BE(0) !== magic + 1;
  const saltAt = header === undefined ? headerBytes + 8 : 16;
  const salts = start.subarray(saltAt, saltAt + 8);
  const frames: Frame[] = [];
  // The checksums of the previous frame, as stored and as computed, because either can be the right ones.
  let before: readonly Sums[] = header === undefined ? [] : [header];
  for (let at = headerBytes; at + frameBytes <= walBytes; at += frameBytes) {
    const frame = readAt(descriptor, at, frameBytes);
    const isOurs = frame?.subarray(8, 16).equals(salts) === true;
    if (!isOurs && reading === "strict") break;
    if (frame === undefined || !isOurs) continue;
    const stored = { first: frame.readUInt32BE(16), second: frame.readUInt32BE(20) };
    const sums = before.map((sum) =>
      add(
        add(sum, frame.subarray(0, 8), littleEndian),
        frame.subarray(frameHeaderBytes),
        littleEndian,
      ),
    );
    // Without a header, the first frame cannot be checked.
    const isIntact = before.length === 0 || sums.some((sum) => isSame(sum, stored));
    if (!isIntact && reading === "strict") break;
    const isCommit = frame.readUInt32BE(4) !== 0;
    const offset = at + frameHeaderBytes;
    frames.push({ page: frame.readUInt32BE(0), offset, isCommit, isIntact });
    before = isIntact ? [stored] : [stored, ...sums].slice(0, maxCandidates);
  }
  const findings =
    header === undefined
      ? ["the header of the WAL is damaged: its frames are checked by their own checksums"]
      : [];
  return { frames, findings };
}

/** The checksum in the header; undefined if the header is damaged. */
function headerSums(header: Buffer): Sums | undefined {
  const littleEndian = header.readUInt32BE(0) === magic;
  if (!littleEndian && header.readUInt32BE(0) !== magic + 1) return undefined;
  if (header.readUInt32BE(8) !== pageBytes) return undefined;
  const stored = { first: header.readUInt32BE(24), second: header.readUInt32BE(28) };
  return isSame(add({ first: 0, second: 0 }, header.subarray(0, 24), littleEndian), stored)
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
