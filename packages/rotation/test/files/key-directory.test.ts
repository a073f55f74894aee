import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { keyDirectory } from "../../src/files/key-directory.ts";

const domain = "example.com";

test("a draft becomes a key with mode 0600 only when it is installed", async () => {
  const directory = temporaryDirectory("test");
  const files = keyDirectory(directory);
  const path = join(directory, domain, "a.key");
  expect(files.pathOf(domain, "a")).toBe(path);
  expect(await files.isTaken(domain, "a")).toBe(false);
  await files.writeDraft(domain, "a", "first");
  await files.writeDraft(domain, "a", "second");
  expect(existsSync(path)).toBe(false);
  expect(await files.isTaken(domain, "a")).toBe(true);
  await files.install(domain, "a");
  await files.install(domain, "a");
  expect(readdirSync(join(directory, domain))).toEqual(["a.key"]);
  expect(readFileSync(path, "utf8")).toBe("second");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(directory, domain)).mode & 0o777).toBe(0o700);
});

test("an existing key is never overwritten", async () => {
  const directory = temporaryDirectory("test");
  const files = keyDirectory(directory);
  mkdirSync(join(directory, domain));
  writeFileSync(files.pathOf(domain, "a"), "somebody's");
  await files.writeDraft(domain, "a", "ours");
  await files.install(domain, "a");
  expect(await files.read(files.pathOf(domain, "a"))).toBe("somebody's");
});

test.each(["archive", "delete"] as const)("repeating %s changes nothing", async (how) => {
  const directory = temporaryDirectory("test");
  const files = keyDirectory(directory);
  await files.writeDraft(domain, "a", "secret");
  await files.install(domain, "a");
  const key = { selector: "a", keyFile: files.pathOf(domain, "a") };
  for (let round = 0; round < 2; round++) {
    expect(await files.putAway(domain, key, how)).toBe(how === "archive" ? "archived" : "deleted");
    expect(await files.read(key.keyFile)).toBeUndefined();
  }
  const archived = join(directory, domain, "archive", "a.key");
  expect(await files.read(archived)).toBe(how === "archive" ? "secret" : undefined);
  expect(await files.isTaken(domain, "a")).toBe(how === "archive");
});

test("putting a key away removes the leftovers of killed writes of its draft", async () => {
  const directory = temporaryDirectory("test");
  const files = keyDirectory(directory);
  await files.writeDraft(domain, "a", "secret");
  const { pid } = spawnSync(process.execPath, ["--version"]);
  writeFileSync(join(directory, domain, `.a.key.draft.${pid}.new`), "half a secret");
  await files.putAway(domain, { selector: "a", keyFile: files.pathOf(domain, "a") }, "delete");
  expect(readdirSync(join(directory, domain))).toEqual([]);
});

test("a key outside the folder of the domain is kept, because others may use it", async () => {
  const directory = temporaryDirectory("test");
  const keyFile = join(directory, "shared.key");
  writeFileSync(keyFile, "shared");
  const files = keyDirectory(join(directory, "keys"));
  expect(await files.putAway(domain, { selector: "a", keyFile }, "delete")).toBe("kept");
  expect(existsSync(keyFile)).toBe(true);
});

test("an archived key is not overwritten", async () => {
  const directory = temporaryDirectory("test");
  const files = keyDirectory(directory);
  const key = { selector: "a", keyFile: files.pathOf(domain, "a") };
  for (const pem of ["first", "second"]) {
    await files.writeDraft(domain, "a", pem);
    await files.install(domain, "a");
    if (pem === "first") await files.putAway(domain, key, "archive");
  }
  await expect(files.putAway(domain, key, "archive")).rejects.toMatchObject({ code: "key-file" });
  expect(await files.read(key.keyFile)).toBe("second");
});

test.each(["../etc", "a/b", "", "a..b"])("%j never becomes part of a path", (name) => {
  const files = keyDirectory("/keys");
  expect(() => files.pathOf(name, "a")).toThrow(/a valid DNS name/);
  expect(() => files.pathOf(domain, name)).toThrow(/a valid DNS name/);
});
