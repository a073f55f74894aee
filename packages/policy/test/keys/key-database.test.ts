import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { MailsealError } from "@mailseal/errors";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { KeyDatabase } from "../../src/keys/key-database.ts";

const directory = temporaryDirectory("file");

test("rows are added, changed, listed and removed", () => {
  const path = join(directory, "rows.db");
  const database = new KeyDatabase(path);
  database.add("Example.COM", "S1", "/k/1");
  database.add("example.com", "s2", "/k/2");
  database.add("münchen.example", "s1", "/k/3");
  database.add("example.com", "s1", "/k/1b");
  expect(database.find("example.com").map(({ selector, keyFile }) => [selector, keyFile])).toEqual([
    ["s2", "/k/2"],
    ["s1", "/k/1b"],
  ]);
  expect(database.list().map(({ domain }) => domain)).toEqual([
    "example.com",
    "example.com",
    "xn--mnchen-3ya.example",
  ]);
  expect(database.remove("EXAMPLE.com", "s2")).toBe(1);
  expect(database.remove("example.com", "s2")).toBe(0);
  expect(database.remove("example.com")).toBe(1);
  expect(database.find("example.com")).toEqual([]);
  database.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a row that is removed and added again has another revision", () => {
  const database = new KeyDatabase(join(directory, "revisions.db"));
  database.add("example.com", "s1", "/k");
  const [before] = database.find("example.com");
  database.remove("example.com");
  database.add("example.com", "s1", "/k");
  const [after] = database.find("example.com");
  expect(after?.revision).toBeGreaterThan(before?.revision ?? Infinity);
  database.close();
});

test("a reader sees the changes of another connection", () => {
  const path = join(directory, "shared.db");
  const reader = new KeyDatabase(path);
  const writer = new KeyDatabase(path);
  expect(reader.find("example.com")).toEqual([]);
  writer.add("example.com", "s1", "/k");
  expect(reader.find("example.com")).toHaveLength(1);
  writer.remove("example.com");
  expect(reader.find("example.com")).toEqual([]);
  reader.close();
  writer.close();
  writer.close();
});

test.for([
  ["a/b.example", "s1"],
  ["example.com", "../x"],
  ["example.com", ""],
])("refuses %j and %j", ([domain = "", selector = ""]) => {
  const database = new KeyDatabase(join(directory, "refused.db"));
  expect(() => database.add(domain, selector, "/k")).toThrow(MailsealError);
  expect(database.list()).toEqual([]);
  database.close();
});

test("a file that is not a database, or has a later layout, is refused with its path", () => {
  const junk = writeTestFile(directory, "junk.db", "x".repeat(5000));
  expect(() => new KeyDatabase(junk)).toThrow(/cannot use the key database ".*junk\.db"/);
  const later = join(directory, "later.db");
  const database = new DatabaseSync(later);
  database.exec("PRAGMA user_version = 7");
  database.close();
  expect(() => new KeyDatabase(later)).toThrow(/its schema version is 7/);
});

test("without node:sqlite the error is one line that names the remedy, and no file is created", () => {
  const path = join(directory, "without-sqlite.db");
  const module = new URL("../../src/keys/key-database.ts", import.meta.url).href;
  const script = `
    import { KeyDatabase } from ${JSON.stringify(module)};
    try {
      new KeyDatabase(${JSON.stringify(path)});
    } catch ({ name, code, message }) {
      console.log(name, code, message);
    }`;
  const flags = ["--no-experimental-sqlite", "--input-type=module", "--eval", script];
  const { stdout } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  expect(stdout).toBe(
    `PolicyError key-database the key database needs node:sqlite (Node 22.13 or later); this is Node ${process.versions.node}. Run a newer Node.js\n`,
  );
  expect(existsSync(path)).toBe(false);
});
