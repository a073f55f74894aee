import { describe, expect, test } from "vitest";
import { runOnFullDisk, runWithoutReader } from "./ended-output.ts";

/**
 * Tests of a program's standard output that ends early: each command ends as if all had been read when the
 * pipe is closed, and in one line with exit code 3 when the disk is full. `input` is the standard input of each.
 */
export function testEndedOutput(
  program: string,
  entry: string,
  commands: readonly (readonly string[])[],
  input = "",
): void {
  const cases = commands.map((args) => [args] as const);
  test.each(cases)("%j with a closed pipe ends as if all had been read", async (args) => {
    expect(await runWithoutReader(entry, args, input)).toEqual({ code: 0, stderr: "" });
  });

  describe.skipIf(process.platform !== "linux")("standard output on a full disk", () => {
    test.each(cases)("%j is one line, and exit 3", (args) => {
      const { code, stderr } = runOnFullDisk(entry, args, input);
      expect(code).toBe(3);
      expect(stderr).toMatch(
        new RegExp(`^${program}: cannot write standard output: no space left on device[^\\n]*\\n$`),
      );
    });
  });
}
