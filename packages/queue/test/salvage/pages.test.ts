import { copyFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { Pages } from "../../src/salvage/pages.ts";
import { WalPages } from "../../src/salvage/wal-pages.ts";
import { folder } from "../embedded/fixture.ts";
import { overwrite, pageBytes, soundFile } from "./fixture.ts";

let sound = "";

beforeAll(async () => {
  sound = await soundFile();
}, 60_000);

function pagesOf(file: string): Pages {
  const pages = new Pages(file, new WalPages(`${file}-wal`, "strict"));
  onTestFinished(() => pages.close());
  return pages;
}

/** The use of each page that has data, according to SQLite. */
function pagesBySqlite(): readonly { readonly pageno: number; readonly pagetype: string }[] {
  const database = new DatabaseSync(sound, { readOnly: true });
  const rows = database.prepare("SELECT pageno, pagetype FROM dbstat ORDER BY pageno").all();
  database.close();
  return rows as unknown as readonly { readonly pageno: number; readonly pagetype: string }[];
}

test("the pages with data are those that SQLite uses, neither free nor maps", () => {
  const pages = pagesOf(sound);
  const expected = pagesBySqlite();
  expect([...pages.used()]).toEqual(expected.map(({ pageno }) => pageno));
  expect(pages.count).toBeGreaterThan(expected.length);
  for (const { pageno, pagetype } of expected) {
    expect(pages.useOf(pageno) === "overflow", `page ${pageno}`).toBe(pagetype === "overflow");
  }
});

test("a page that is missing or not complete cannot be read", () => {
  const file = join(folder(), "queue.db");
  copyFileSync(sound, file);
  const { count } = pagesOf(file);
  truncateSync(file, (count - 2) * pageBytes - 100);
  const pages = pagesOf(file);
  expect([count - 3, count - 2, count].map((page) => pages.read(page)?.length)).toEqual([
    pageBytes,
    undefined,
    undefined,
  ]);
});

test("the use of a page is unknown if its map is damaged", () => {
  const file = join(folder(), "queue.db");
  copyFileSync(sound, file);
  overwrite(file, pageBytes, Buffer.alloc(pageBytes));
  expect(pagesOf(file).useOf(3)).toBeUndefined();
});
