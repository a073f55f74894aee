import fc from "fast-check";
import { expect, test } from "vitest";
import { pageBytes } from "../../src/embedded/file/open-database.ts";
import type { Pages } from "../../src/salvage/pages.ts";
import { rowIn, rowsOf } from "../../src/salvage/records.ts";

/** Pages in memory. */
function pagesOf(...pages: readonly Buffer[]): Pages {
  const read = (page: number): Buffer | undefined => pages[page - 1];
  const given: unknown = { count: pages.length, read };
  return given as Pages;
}

/** A leaf page of a table with one row: id 7, and the values 300, "text" and null. */
function leaf(): Buffer {
  const page = Buffer.alloc(pageBytes);
  const cell = Buffer.from([10, 7, 4, 2, 21, 0, 0x01, 0x2c, ...Buffer.from("text")]);
  page.writeUInt8(0x0d, 0);
  page.writeUInt16BE(1, 3);
  page.writeUInt16BE(1000, 8);
  cell.copy(page, 1000);
  return page;
}

const other = Buffer.alloc(pageBytes);

test("the rows of a leaf page are read, and each can be read again by its place", () => {
  const pages = pagesOf(other, leaf());
  const row = { page: 2, offset: 1000, rowId: 7, values: [300, "text", null] };
  expect(rowsOf(pages, 2)).toEqual({ rows: [row], malformed: 0 });
  expect(rowIn(pages, { page: 2, offset: 1000 })).toEqual(row);
});

test("a row that does not fit in its page is malformed, and a page of no tree has no rows", () => {
  const page = leaf();
  page.writeUInt16BE(pageBytes - 3, 8);
  expect(rowsOf(pagesOf(other, page), 2)).toEqual({ rows: [], malformed: 1 });
  expect(rowsOf(pagesOf(other, other), 2)).toBeUndefined();
  expect(rowsOf(pagesOf(other), 2)).toBeUndefined();
});

test("overflow pages that refer to each other end with the size of the row", () => {
  const page = leaf();
  // A row of three pages, whose overflow pages are a loop.
  page.writeUInt16BE(20, 8);
  page.set([0x81, 0xbf, 0x50, 7], 20);
  page.writeUInt32BE(3, 8176);
  const loop = Buffer.alloc(pageBytes);
  loop.writeUInt32BE(3, 0);
  expect(rowsOf(pagesOf(other, page, loop), 2)).toMatchObject({ rows: [], malformed: 1 });
});

test("any bytes are rows, malformed, or not a page, and never an error (property)", () => {
  const bytes = fc.uint8Array({ minLength: 64, maxLength: 256 });
  const types = fc.constantFrom(0x02, 0x05, 0x0a, 0x0d);
  fc.assert(
    fc.property(types, bytes, fc.integer({ min: 0, max: pageBytes - 256 }), (type, noise, at) => {
      const page = Buffer.alloc(pageBytes, noise);
      page.set(noise, at);
      page.writeUInt8(type, 0);
      const found = rowsOf(pagesOf(other, page, page), 2);
      expect(found === undefined || found.malformed >= 0).toBe(true);
    }),
  );
});
