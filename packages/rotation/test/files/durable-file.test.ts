import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { linkDurably, makeFolders, writeDurably } from "../../src/files/durable-file.ts";

/** The id of a process that has ended. */
const ended = spawnSync(process.execPath, ["--version"]).pid;

describe.each(["replace", "keep"] as const)("a write with existing: %s", (existing) => {
  test("removes the leftovers of killed writes of the same file, and nothing else", async () => {
    const directory = temporaryDirectory("test");
    const kept = [
      `active.json.${process.ppid}.new`,
      "active.json.backup.new",
      `active.json.${ended}.newer`,
      `other.json.${ended}.new`,
    ];
    for (const name of [...kept, `active.json.${ended}.new`, `active.json.${process.pid}.new`]) {
      writeFileSync(join(directory, name), "half");
    }
    await writeDurably(join(directory, "active.json"), "whole", { mode: 0o600, existing });
    expect(readdirSync(directory).toSorted()).toEqual(["active.json", ...kept].toSorted());
    expect(readFileSync(join(directory, "active.json"), "utf8")).toBe("whole");
  });

  test("gives the file its mode whatever the umask", async () => {
    const path = join(temporaryDirectory("test"), "file");
    const before = process.umask(0o077);
    try {
      await writeDurably(path, "x", { mode: 0o640, existing });
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  test("creates the missing folders for the owner alone, and gives the file its mode", async () => {
    const path = join(temporaryDirectory("test"), "a", "b", "file");
    expect(await writeDurably(path, "x", { mode: 0o600, existing })).toBe("written");
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("leaves nothing behind if it fails", async () => {
    const directory = temporaryDirectory("test");
    const folder = join(directory, "folder");
    mkdirSync(join(folder, "in it"), { recursive: true });
    const write = writeDurably(folder, "x", { mode: 0o600, existing });
    if (existing === "keep") expect(await write).toBe("taken");
    else await expect(write).rejects.toMatchObject({ code: "EISDIR" });
    expect(readdirSync(directory)).toEqual(["folder"]);
  });
});

test("an existing file is replaced or kept, as asked", async () => {
  const path = join(temporaryDirectory("test"), "file");
  await writeDurably(path, "first", { mode: 0o600 });
  expect(await writeDurably(path, "second", { mode: 0o600, existing: "keep" })).toBe("taken");
  expect(readFileSync(path, "utf8")).toBe("first");
  expect(await writeDurably(path, "third", { mode: 0o600 })).toBe("written");
  expect(readFileSync(path, "utf8")).toBe("third");
});

test("a file gets another name only if that is free", async () => {
  const directory = temporaryDirectory("test");
  const [from, to] = [join(directory, "from"), join(directory, "to")];
  expect(await linkDurably(from, to)).toBe("absent");
  writeFileSync(from, "x");
  expect(await linkDurably(from, to)).toBe("linked");
  expect(await linkDurably(from, to)).toBe("taken");
});

test("missing folders are created, and the topmost new one is reported", async () => {
  const directory = temporaryDirectory("test");
  const path = join(directory, "a", "b", "c");
  expect(await makeFolders(path, 0o700)).toBe(join(directory, "a"));
  expect(await makeFolders(path, 0o700)).toBeUndefined();
  writeFileSync(join(path, "file"), "");
  await expect(makeFolders(join(path, "file", "d"), 0o700)).rejects.toMatchObject({
    code: "ENOTDIR",
  });
  expect(existsSync(join(path, "file", "d"))).toBe(false);
});
