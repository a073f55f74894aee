import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { WalPages, type WalReading } from "../../src/salvage/wal-pages.ts";
import { folder, messageTo, open } from "../embedded/fixture.ts";
import { bodyOf, overwrite, pageBytes } from "./fixture.ts";

const frameBytes = pageBytes + 24;

/** The WAL of a queue, as a killed process leaves it, and the pages that SQLite reads from it. */
async function killed(): Promise<{ wal: string; page: (page: number) => Buffer | undefined }> {
  const directory = folder();
  const live = join(directory, "live.db");
  const queue = await open(live);
  for (let index = 0; index < 20; index += 1) await queue.add(messageTo(`r${index}`), bodyOf(0));
  const wal = join(directory, "queue.db-wal");
  copyFileSync(`${live}-wal`, wal);
  const database = new DatabaseSync(live);
  database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  database.close();
  const whole = join(directory, "whole.db");
  copyFileSync(live, whole);
  return { wal, page: (page) => pageIn(whole, page) };
}

function pageIn(file: string, page: number): Buffer | undefined {
  return readFileSync(file).subarray((page - 1) * pageBytes, page * pageBytes);
}

function read(wal: string, reading: WalReading): WalPages {
  const pages = new WalPages(wal, reading);
  onTestFinished(() => pages.close());
  return pages;
}

test("the last committed version of each page is read", async () => {
  const { wal, page } = await killed();
  const pages = read(wal, "strict");
  expect(pages.findings).toEqual([]);
  expect(pages.lastPage).toBeGreaterThan(5);
  for (let number = 1; number <= pages.lastPage; number += 1) {
    if (pages.has(number))
      expect(pages.read(number)?.equals(page(number) ?? Buffer.of())).toBe(true);
  }
  expect(pages.read(pages.lastPage + 1)).toBeUndefined();
});

test("a WAL that does not exist, or is too short, has no pages", () => {
  const wal = join(folder(), "queue.db-wal");
  expect(read(wal, "strict")).toMatchObject({ lastPage: 0, findings: [] });
  writeFileSync(wal, Buffer.alloc(100));
  expect(read(wal, "tolerant")).toMatchObject({ lastPage: 0, findings: [] });
});

test("a WAL that cannot be opened is an error, and not an empty WAL", () => {
  const file = join(folder(), "file");
  writeFileSync(file, "");
  expect(() => new WalPages(join(file, "queue.db-wal"), "strict")).toThrow(/ENOTDIR/);
});

test("without its header, a WAL has pages only for a tolerant reading", async () => {
  const { wal } = await killed();
  const before = read(wal, "strict").lastPage;
  overwrite(wal, 0, Buffer.alloc(32));
  expect(read(wal, "strict")).toMatchObject({
    lastPage: 0,
    findings: ["the header of the WAL is damaged"],
  });
  const tolerant = read(wal, "tolerant");
  expect(tolerant.lastPage).toBe(before);
  expect(tolerant.findings).toEqual([expect.stringMatching(/^the header of the WAL is damaged: /)]);
});

test("a damaged frame ends a strict reading; a tolerant one continues and does not know its page", async () => {
  const { wal } = await killed();
  const frames = Math.floor((statSync(wal).size - 32) / frameBytes);
  const last = 32 + (frames - 3) * frameBytes;
  overwrite(wal, last + 24 + 1000, Buffer.alloc(100, 0xee));
  const strict = read(wal, "strict");
  const tolerant = read(wal, "tolerant");
  expect(strict.findings).toEqual([]);
  expect(tolerant.findings).toEqual(["1 frames of the WAL are damaged"]);
  const unknown = Array.from({ length: tolerant.lastPage }, (_, index) => index + 1).filter(
    (page) => tolerant.has(page) && tolerant.read(page) === undefined,
  );
  expect(unknown.length).toBeLessThanOrEqual(1);
});
