import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { writeSecret } from "../../src/files/secret-file.ts";

test("a secret is for its owner alone, and so are its new folders", async () => {
  const file = join(temporaryDirectory("test"), "a", "b", "s.key");
  await writeSecret(file, "secret", "keep");
  expect(readFileSync(file, "utf8")).toBe("secret");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
});

describe.each(["keep", "replace"] as const)("the leftovers of killed writes (%s)", (existing) => {
  test("are removed, and do not stop the next write", async () => {
    const directory = temporaryDirectory("test");
    const file = join(directory, "s.key");
    const ended = spawnSync(process.execPath, ["--version"]).pid;
    // In a container, the killed process may have had the same id as this one.
    for (const pid of [ended, process.pid]) writeFileSync(`${file}.${pid}.new`, "half");
    await writeSecret(file, "secret", existing);
    expect(readdirSync(directory)).toEqual(["s.key"]);
    expect(readFileSync(file, "utf8")).toBe("secret");
  });
});

test("an existing file is kept with exit code 1, or replaced", async () => {
  const file = join(temporaryDirectory("test"), "s.key");
  await writeSecret(file, "first", "keep");
  await expect(writeSecret(file, "second", "keep")).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringMatching(/exists already and was not changed; .*--force/) as string,
  });
  expect(readFileSync(file, "utf8")).toBe("first");
  await writeSecret(file, "third", "replace");
  expect(readFileSync(file, "utf8")).toBe("third");
});

test.each([
  ["a part of the path is not a directory", (path: string) => join(path, "file", "s.key")],
  ["it is a directory", (path: string) => join(path, "folder")],
])("a path that cannot be written is reported: %s", async (reason, pathIn) => {
  const directory = temporaryDirectory("test");
  writeFileSync(join(directory, "file"), "");
  mkdirSync(join(directory, "folder", "full"), { recursive: true });
  const file = pathIn(directory);
  await expect(writeSecret(file, "secret", "replace")).rejects.toMatchObject({
    exitCode: 3,
    message: `cannot write ${file}: ${reason}`,
  });
});
