import { describe, expect, test } from "vitest";
import {
  runOnFullDisk,
  runWithFullErrorDisk,
  runWithoutErrorReader,
  runWithoutReader,
} from "./ended-output.ts";

/**
 * Tests of a program's output that ends early: each command ends as if all had been read when the pipe is closed, and
 * in one line with exit code 3 when the disk is full. `input` is the standard input of each. A failing command keeps its
 * exit code when nobody can read its error.
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

  test.each(cases)(
    "the error of %j --nonsense to a closed pipe keeps its exit code",
    async (args) => {
      expect(await runWithoutErrorReader(entry, [...args, "--nonsense"])).toBe(
        args.includes("--help") || args.includes("--version") ? 0 : 2,
      );
    },
  );

  describe.skipIf(process.platform !== "linux")("standard output on a full disk", () => {
    test.each(cases)("%j is one line, and exit 3", async (args) => {
      const { code, stderr } = await runOnFullDisk(entry, args, input);
      expect(code).toBe(3);
      expect(stderr).toMatch(
        new RegExp(`^${program}: cannot write standard output: no space left on device[^\\n]*\\n$`),
      );
    });

    test("an error to a full disk keeps its exit code", async () => {
      expect(await runWithFullErrorDisk(entry, ["--nonsense"])).toBe(2);
    });
  });
}
