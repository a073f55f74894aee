import { rmSync } from "node:fs";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { readConfigFile } from "../../src/index.ts";

function written(text: string): string {
  return writeTestFile(temporaryDirectory("test"), "mailseal.yaml", text);
}

test("a config file is read with the variables of the environment, and its text is returned", async () => {
  const text = "hostname: ${NAME}\n";
  const read = await readConfigFile(written(text), { NAME: "mx.example.com" });
  expect([read.config.hostname, read.text]).toEqual(["mx.example.com", text]);
});

test("a text that was read before is used instead of the file", async () => {
  const file = written("hostname: first.example.com\n");
  const { text } = await readConfigFile(file, {});
  writeTestFile(temporaryDirectory("test"), "mailseal.yaml", "hostname: later.example.com\n");
  rmSync(file);
  const { config } = await readConfigFile(file, {}, { text });
  expect(config.hostname).toBe("first.example.com");
});

test("every problem is a line of the one error", async () => {
  const file = written("limits: { recipients: many }\nsigningg: {}\n");
  const read = readConfigFile(file, {});
  await expect(read).rejects.toMatchObject({ name: "ServiceError", code: "config" });
  const lines = await read.then(
    () => [],
    (error: Error) => error.message.split("\n"),
  );
  expect(lines).toEqual([
    expect.stringContaining(`${file}:1:11: limits.recipients: `),
    expect.stringMatching(/:2:1: signingg: .*signing/),
  ]);
});

test("a file that cannot be read is an error of one line", async () => {
  await expect(readConfigFile("/nowhere/mailseal.yaml", {})).rejects.toMatchObject({
    code: "config",
    message: "/nowhere/mailseal.yaml: cannot be read: there is no such file",
  });
});

test("only warnings about former names are reported", async () => {
  const lines: string[] = [];
  const file = written("workers: 2\nsigning: { bodyLength: true }\n");
  await readConfigFile(file, {}, { onDeprecation: (line) => lines.push(line) });
  expect(lines).toEqual([expect.stringContaining(`${file}:1:1: warning: workers: `)]);
});
