import { runOnFullDisk, runWithoutReader } from "@mailseal/testkit/ended-output";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";

const module = new URL("../../src/command-line/standard-output.ts", import.meta.url).href;

/** A program that prints, and reports on standard error how its output ended. */
function program(): string {
  return writeTestFile(
    temporaryDirectory("test"),
    "program.mjs",
    `import { guardStandardOutput } from ${JSON.stringify(module)};
    const output = guardStandardOutput();
    for (let line = 0; line < 20_000; line += 1) process.stdout.write("a line of output\\n");
    const ended = await output.flush();
    process.stderr.write(JSON.stringify([ended, output.ended]));`,
  );
}

test("a closed pipe does not end the program, and is known after the flush", async () => {
  const gone = { kind: "reader-gone" };
  const { code, stderr } = await runWithoutReader(program(), []);
  expect([code, JSON.parse(stderr)]).toEqual([0, [gone, gone]]);
});

describe.skipIf(process.platform !== "linux")("a full disk", () => {
  test("does not end the program, and its reason is one line", async () => {
    const { code, stderr } = await runOnFullDisk(program(), []);
    const failed = {
      kind: "failed",
      message:
        "cannot write standard output: no space left on device; the output so far is incomplete",
    };
    expect([code, JSON.parse(stderr)]).toEqual([0, [failed, failed]]);
  });
});
