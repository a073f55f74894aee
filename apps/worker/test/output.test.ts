import { fileURLToPath } from "node:url";
import { runOnFullDisk, runWithoutReader } from "@mailseal/testkit/ended-output";
import { describe, expect, test } from "vitest";

const entry = fileURLToPath(new URL("run-main.ts", import.meta.url));
const commands = [["--help"], ["--version"]];

test.each(commands)("%j with a closed pipe ends as if all had been read", async (...args) => {
  expect(await runWithoutReader(entry, args)).toEqual({ code: 0, stderr: "" });
});

describe.skipIf(process.platform !== "linux")("standard output on a full disk", () => {
  test.each(commands)("%j is one line, and exit 3", (...args) => {
    const { code, stderr } = runOnFullDisk(entry, args);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^mailseal-worker: cannot write standard output: no space left on device[^\n]*\n$/,
    );
  });
});
