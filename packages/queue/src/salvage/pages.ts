import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { pageBytes } from "../embedded/file/open-database.ts";
import type { WalPages } from "./wal-pages.ts";

/**
 * The number of pages after a pointer map whose use the map records.
 * https://www.sqlite.org/fileformat2.html#pointer_map_pages
 */
const mappedPages = Math.floor(pageBytes / 5);
/** The page that SQLite uses for locks and never for data. */
const lockPage = 2 ** 30 / pageBytes + 1;

/** The use of a page according to the pointer map; undefined if its entry is damaged. */
export type PageUse = "root" | "free" | "overflow" | "tree" | undefined;
const uses: readonly PageUse[] = [undefined, "root", "free", "overflow", "overflow", "tree"];

/** The pages of a database; those in the WAL replace those in the file. Reads only. */
export class Pages {
  readonly count: number;
  readonly #descriptor: number;
  readonly #wal: WalPages;
  readonly #free: ReadonlySet<number>;
  readonly #maps = new Map<number, Uint8Array | undefined>();

  constructor(file: string, wal: WalPages) {
    this.#descriptor = openSync(file, "r");
    this.#wal = wal;
    const inFile = Math.ceil(fstatSync(this.#descriptor).size / pageBytes);
    this.count = Math.max(inFile, wal.lastPage);
    this.#free = this.#freeList();
  }

  close(): void {
    this.#wal.close();
    closeSync(this.#descriptor);
  }

  /** Undefined if the page does not exist, is not complete, or cannot be read. */
  read(page: number): Buffer | undefined {
    if (this.#wal.has(page)) return this.#wal.read(page);
    const bytes = Buffer.allocUnsafe(pageBytes);
    const at = (page - 1) * pageBytes;
    try {
      return readSync(this.#descriptor, bytes, 0, pageBytes, at) === pageBytes ? bytes : undefined;
    } catch {
      // The disk cannot read a sector of the page.
      return undefined;
    }
  }

  useOf(page: number): PageUse {
    if (this.#free.has(page)) return "free";
    if (page < 2) return "root";
    const map = mapOf(page);
    if (!this.#maps.has(map)) this.#maps.set(map, this.read(map));
    return uses[this.#maps.get(map)?.[5 * (page - map - 1)] ?? 0];
  }

  /** The numbers of the pages with data: those that are neither free nor maps. */
  *used(): Generator<number, void, void> {
    for (let page = 1; page <= this.count; page += 1) {
      if (!isMap(page) && page !== lockPage && this.useOf(page) !== "free") yield page;
    }
  }

  /** The free pages according to SQLite's own list, because entries of the maps may be damaged. */
  #freeList(): ReadonlySet<number> {
    const free = new Set<number>();
    let trunk = this.read(1)?.readUInt32BE(32) ?? 0;
    while (trunk > 1 && trunk <= this.count && !free.has(trunk)) {
      free.add(trunk);
      const bytes = this.read(trunk);
      if (bytes === undefined) break;
      const leaves = Math.min(bytes.readUInt32BE(4), pageBytes / 4 - 2);
      for (let index = 0; index < leaves; index += 1) free.add(bytes.readUInt32BE(8 + 4 * index));
      trunk = bytes.readUInt32BE(0);
    }
    return free;
  }
}

function mapOf(page: number): number {
  return Math.floor((page - 2) / (mappedPages + 1)) * (mappedPages + 1) + 2;
}

function isMap(page: number): boolean {
  return page > 1 && mapOf(page) === page;
}
