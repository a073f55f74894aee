import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, onTestFinished, test } from "vitest";
import { createPrivateFile, openSqlite } from "../src/open-sqlite.ts";

function newFile(): string {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-sqlite-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "file.db");
}

const options = { neededBy: "the test", busyTimeoutMs: 1234 } as const;

function pragma(path: string, access: "durable" | "lock", name: string): unknown {
  const database = openSqlite(path, { ...options, access });
  const row = database.prepare(`PRAGMA ${name}`).get();
  database.close();
  return Object.values(row ?? {})[0];
}

test("a durable file has a write-ahead log, and waits for others and for the disk", () => {
  const file = newFile();
  expect(pragma(file, "durable", "journal_mode")).toBe("wal");
  expect(pragma(file, "durable", "synchronous")).toBe(2);
  expect(pragma(file, "durable", "busy_timeout")).toBe(1234);
  expect(pragma(newFile(), "lock", "journal_mode")).toBe("delete");
});

test("pragmas of a new file are not run in a file that has tables", () => {
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

test("a file that is opened to be read cannot be written, and is not created", () => {
  const file = newFile();
  expect(() => openSqlite(file, { ...options, access: "read-only" })).toThrow(/unable to open/);
  openSqlite(file, { ...options, access: "lock" }).close();
  const database = openSqlite(file, { ...options, access: "read-only" });
  expect(() => database.exec("CREATE TABLE a (b)")).toThrow(/readonly/);
  database.close();
});

test("a private file is its owner's, and one that exists stays as it is", () => {
  const file = newFile();
  createPrivateFile(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  openSqlite(file, { ...options, access: "durable" }).exec("CREATE TABLE a (b)");
  createPrivateFile(file);
  expect(statSync(file).size).toBeGreaterThan(0);
});

test("a Node.js without node:sqlite is named, with what needs it", () => {
  const module = new URL("../src/open-sqlite.ts", import.meta.url).href;
  const script = `import { openSqlite } from ${JSON.stringify(module)};
    openSqlite("x.db", { neededBy: "the queue", access: "durable", busyTimeoutMs: 0 });`;
  const { stderr } = spawnSync(process.execPath, [
    "--no-experimental-sqlite",
    "--input-type=module",
    "--eval",
    script,
  ]);
  expect(stderr.toString()).toContain(
    `the queue needs node:sqlite (Node 22.13 or later); this is Node ${process.versions.node}`,
  );
});
