import { chmodSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/loading/load-config.ts";

test("unreadable config", async () => {
  const file = join(temporaryDirectory("file"), "none.yaml");
  const { config, problems, unreadable } = await loadConfig(file);
  expect(config).toBeUndefined();
  expect(unreadable).toBe(true);
  expect(problems).toMatchObject([
    { level: "error", path: "", message: expect.stringContaining("there is no such file") },
  ]);
});

test("missing file that an option names", async () => {
  const file = writeTestFile(temporaryDirectory("file"), "c.yaml", "dns: { zone: none.zone }");
  const { config, problems, unreadable } = await loadConfig(file);
  expect(config).toBeUndefined();
  expect(unreadable).toBeUndefined();
  expect(problems).toMatchObject([{ level: "error", path: "dns.zone" }]);
});

test("token file that everybody may read", async () => {
  const directory = temporaryDirectory("file");
  chmodSync(writeTestFile(directory, "token", "a long enough token"), 0o644);
  const file = writeTestFile(directory, "c.yaml", "admin: { tokenFile: token }");
  const { problems } = await loadConfig(file);
  expect(problems).toMatchObject([
    {
      path: "admin.tokenFile",
      message: expect.stringMatching(
        /token": everybody may read it \(mode 0644\); chmod 600 or 640/,
      ),
    },
  ]);
});

test("environment and absolute paths", async () => {
  const directory = temporaryDirectory("file");
  const file = writeTestFile(directory, "c.yaml", "rotation: { journal: '${NAME}.journal' }");
  const { config } = await loadConfig(file, { environment: { NAME: "a" } });
  expect(config?.rotation?.journal).toBe(join(directory, "a.journal"));
});

test("a text that was read before is used instead of the file, with the paths of the file", async () => {
  const directory = temporaryDirectory("file");
  const file = writeTestFile(directory, "c.yaml", "spoolDirectory: .");
  const { text } = await loadConfig(file);
  expect(text).toBe("spoolDirectory: .");
  writeTestFile(directory, "c.yaml", "spoolDirectory: later");
  expect(await loadConfig(file, { text })).toMatchObject({
    config: { spoolDirectory: directory },
    text: "spoolDirectory: .",
    problems: [],
  });
});

test("the text of a config that cannot be used is returned, too", async () => {
  const file = writeTestFile(temporaryDirectory("file"), "c.yaml", "limits: many");
  const { config, text } = await loadConfig(file);
  expect([config, text]).toEqual([undefined, "limits: many"]);
});
