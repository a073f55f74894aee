import { existsSync } from "node:fs";
import { join } from "node:path";
import { openQueue } from "@mailseal/queue";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { checkConfig } from "../../src/index.ts";
import { configOf } from "../support/program.ts";

test("a config that names what cannot be opened is refused", async () => {
  const junk = writeTestFile(temporaryDirectory("test"), "keys.db", "junk".repeat(999));
  const checked = checkConfig(configOf({ keys: { database: junk } }), undefined);
  await expect(checked).rejects.toMatchObject({ name: "PolicyError", code: "key-database" });
});

describe("the queue", () => {
  test("is not opened for a program that does not use it", async () => {
    const junk = writeTestFile(temporaryDirectory("test"), "queue.db", "junk".repeat(999));
    const config = configOf({ queue: { file: junk } });
    await checkConfig(config, undefined);
    await expect(checkConfig(config, "serve")).rejects.toMatchObject({ name: "QueueError" });
  });

  test.each(["queue.db", "new/queue.db"])("is not created: %s", async (name) => {
    const directory = temporaryDirectory("test");
    const file = join(directory, name);
    await checkConfig(configOf({ queue: { file } }), "accept");
    expect(existsSync(file)).toBe(false);
    expect(existsSync(join(directory, "new"))).toBe(false);
  });

  test("needs the directory in which its folder would be created", async () => {
    const file = join(temporaryDirectory("test"), "none", "deep", "queue.db");
    await expect(checkConfig(configOf({ queue: { file } }), "accept")).rejects.toMatchObject({
      name: "ServiceError",
      code: "config",
      message: expect.stringMatching(/^queue\.file .* does not exist; create it/),
    });
  });

  test("that exists is opened and closed again", async () => {
    const file = join(temporaryDirectory("test"), "queue.db");
    const queue = await openQueue({ file });
    await queue.close();
    await checkConfig(configOf({ queue: { file } }), "serve");
    // SQLite removes its log with the last connection.
    expect(existsSync(`${file}-wal`)).toBe(false);
  });

  test("is missing from a config whose program needs it", async () => {
    await expect(checkConfig(configOf(), "serve")).rejects.toThrow("the config has no queue");
  });
});
