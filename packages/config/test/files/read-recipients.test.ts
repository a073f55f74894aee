import { truncateSync } from "node:fs";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { readRecipients } from "../../src/files/read-recipients.ts";
import { loadConfig } from "../../src/loading/load-config.ts";

const table = "ann@example.com OK\n";

describe("a file of recipients", () => {
  test.each([0o620, 0o664, 0o602])("is refused where others may write it: %o", async (mode) => {
    const file = writeTestFile(temporaryDirectory("file"), "recipients", table, mode);
    await expect(readRecipients(file)).rejects.toMatchObject({
      code: "recipients-file",
      message: expect.stringMatching(/^recipients file .*may write it \(mode 06.*chmod go-w$/),
    });
  });

  test.each([0o600, 0o644, 0o444])("is read where others may at most read it: %o", async (mode) => {
    const file = writeTestFile(temporaryDirectory("file"), "recipients", table, mode);
    expect((await readRecipients(file)).has("ann@example.com")).toBe(true);
  });

  test("is refused where it is a directory, or above 64 MB", async () => {
    const directory = temporaryDirectory("file");
    await expect(readRecipients(directory)).rejects.toThrow(/a regular file, got a directory/);
    const file = writeTestFile(directory, "recipients", table);
    truncateSync(file, 64 * 1024 * 1024 + 1);
    await expect(readRecipients(file)).rejects.toThrow(/expected at most 67108864 bytes, got more/);
  });

  test("config check says that others may write it", async () => {
    const directory = temporaryDirectory("file");
    writeTestFile(directory, "recipients", table, 0o664);
    const { config, problems } = await loadConfig(
      writeTestFile(
        directory,
        "mailseal.yaml",
        'listeners: [{ protocol: smtp, direction: inbound, listen: "127.0.0.1:2525", mode: queue, recipients: { file: recipients } }]\nqueue: { file: queue.db }\n',
      ),
    );
    expect(config).toBeUndefined();
    expect(problems.find(({ level }) => level === "error")).toMatchObject({
      path: "listeners[0].recipients.file",
      message: expect.stringContaining("chmod go-w"),
    });
  });
});
