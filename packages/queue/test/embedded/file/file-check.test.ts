import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { checkFile, quickCheck } from "../../../src/embedded/file/file-check.ts";
import { pageBytes } from "../../../src/embedded/file/open-database.ts";
import { folder, messageTo, open } from "../fixture.ts";

const body = Buffer.alloc(100_000, "<long body>");

async function filled(): Promise<string> {
  const file = join(folder(), "queue.db");
  const queue = await open(file);
  for (let count = 0; count < 5; count += 1) await queue.add(messageTo("a"), body);
  await queue.close();
  return file;
}

function overwritePage(file: string, page: number): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, Buffer.alloc(pageBytes, 0xff), 0, pageBytes, (page - 1) * pageBytes);
  closeSync(descriptor);
}

function pageOf(file: string, table: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").get(table);
  database.close();
  return Number(row?.["rootpage"]);
}

function check(file: string, fullCheckBytes = Infinity): readonly string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return checkFile(database, { file, fullCheckBytes });
  } finally {
    database.close();
  }
}

test("a sound file and an empty one have no problems", async () => {
  expect(check(await filled())).toEqual([]);
  const empty = join(folder(), "empty.db");
  new DatabaseSync(empty).close();
  expect(check(empty)).toEqual([]);
});

test("a damaged body is a problem, and the queue can be used", async () => {
  const file = await filled();
  overwritePage(
    file,
    Math.floor(readFileSync(file).lastIndexOf(body.subarray(0, 500)) / pageBytes) + 1,
  );
  expect(check(file)).toEqual([expect.stringMatching(/^bodies of messages in .* cannot be read/)]);
  // A longer file is not read as a whole.
  expect(check(file, statSync(file).size - 1)).toEqual([]);
});

test.each(["schedule", "route", "ledger"])("a damaged table %s is refused", async (table) => {
  const file = await filled();
  overwritePage(file, pageOf(file, table));
  expect(() => check(file)).toThrow(
    expect.objectContaining({
      code: "queue-corrupt",
      message: expect.stringContaining("mailseal queue recover"),
    }),
  );
});

test("quickCheck reports a file that cannot be read as a problem", async () => {
  const file = await filled();
  overwritePage(file, pageOf(file, "message"));
  const database = new DatabaseSync(file, { readOnly: true });
  expect(quickCheck(database, "message").length).toBeGreaterThan(0);
  expect(quickCheck(database, "route")).toEqual([]);
  database.close();
});
