import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { openSqlite } from "../src/open-sqlite.ts";

function newFile(): string {
  return join(temporaryDirectory("test"), "file.db");
}

const options = { neededBy: "the test", busyTimeoutMs: 1234 } as const;

function pragma(path: string, access: "durable" | "lock", name: string): unknown {
  const database = openSqlite(path, { ...options, access });
  const row = database.prepare(`PRAGMA ${name}`).get();
  database.close();
  return Object.values(row ?? {})[0];
}

test("a durable file has a write-ahead log, a busy timeout, and commits that wait for the disk", () => {
  const file = newFile();
  expect(pragma(file, "durable", "journal_mode")).toBe("wal");
  expect(pragma(file, "durable", "synchronous")).toBe(2);
  expect(pragma(file, "durable", "busy_timeout")).toBe(1234);
  expect(pragma(newFile(), "lock", "journal_mode")).toBe("delete");
});

test("the pragmas for a new file are not run in a file with tables", () => {
  const file = newFile();
  for (const [pageSize, expected] of [
    [8192, 8192],
    [4096, 8192],
  ]) {
    const newFilePragmas = `PRAGMA page_size = ${pageSize}`;
    const database = openSqlite(file, { ...options, access: "durable", newFilePragmas });
    database.exec("CREATE TABLE IF NOT EXISTS a (b)");
    expect(database.prepare("PRAGMA page_size").get()).toEqual({ page_size: expected });
    database.close();
  }
});

test("a file opened read-only is neither created nor written", () => {
  const file = newFile();
  expect(() => openSqlite(file, { ...options, access: "read-only" })).toThrow(/unable to open/);
  openSqlite(file, { ...options, access: "lock" }).close();
  const database = openSqlite(file, { ...options, access: "read-only" });
  expect(() => database.exec("CREATE TABLE a (b)")).toThrow(/readonly/);
  database.close();
});

test("a new durable file can be read by its owner only, and so can the files beside it", () => {
  const file = newFile();
  const database = openSqlite(file, { ...options, access: "durable" });
  database.exec("CREATE TABLE a (b)");
  for (const path of [file, `${file}-wal`]) expect(statSync(path).mode & 0o777).toBe(0o600);
  database.close();
});

test("a durable file that exists keeps its content and its mode", () => {
  const file = newFile();
  openSqlite(file, { ...options, access: "durable" }).exec("CREATE TABLE a (b)");
  chmodSync(file, 0o640);
  const again = openSqlite(file, { ...options, access: "durable" });
  expect(again.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "a" }]);
  again.close();
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(statSync(file).size).toBeGreaterThan(0);
});

test("without node:sqlite the error names the versions and the remedy, and no file is created", () => {
  const file = newFile();
  const module = new URL("../src/open-sqlite.ts", import.meta.url).href;
  const script = `import { openSqlite } from ${JSON.stringify(module)};
    openSqlite(${JSON.stringify(file)}, { neededBy: "the queue", access: "durable", busyTimeoutMs: 0 });`;
  const { stderr } = spawnSync(process.execPath, [
    "--no-experimental-sqlite",
    "--input-type=module",
    "--eval",
    script,
  ]);
  expect(stderr.toString()).toContain(
    `the queue needs node:sqlite (Node 22.13 or later); this is Node ${process.versions.node}. Run a newer Node.js`,
  );
  expect(existsSync(file)).toBe(false);
});
