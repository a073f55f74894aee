import { describe, expect, test } from "vitest";
import { readResult } from "../src/report.ts";

function report(
  ...files: readonly (readonly [status: string, ...tests: readonly string[]])[]
): string {
  return JSON.stringify({
    // Vitest's own totals are wrong where a file did not load, so they must not be what is read.
    numPassedTests: 99,
    testResults: files.map(([status, ...tests], index) => ({
      name: `/${index}.test.ts`,
      status,
      assertionResults: tests.map((outcome, at) => ({
        fullName: `${index}.${at}`,
        status: outcome,
      })),
    })),
  });
}

describe("readResult", () => {
  test.each([
    ["passes", report(["passed", "passed", "passed"], ["passed", "passed"]), 3, [], []],
    ["failures", report(["failed", "passed", "failed"]), 1, ["0.1"], []],
    [
      "skips",
      report(["passed", "passed", "skipped", "todo", "pending"]),
      1,
      [],
      ["0.1", "0.2", "0.3"],
    ],
    ["a file that did not load", report(["failed"]), 0, ["/0.test.ts did not run to its end"], []],
    [
      "a suite whose set-up failed",
      report(["failed", "passed", "skipped"]),
      1,
      ["/0.test.ts did not run to its end"],
      ["0.1"],
    ],
    [
      "an unknown status",
      report(["passed", "maybe"]),
      0,
      ["the report holds a test status unknown here"],
      [],
    ],
    ["no test", report(), 0, ["the test run holds no test"], []],
    ["no report", undefined, 0, ["the test run left no report"], []],
    [
      "half a report",
      report(["passed", "passed"]).slice(0, -5),
      0,
      ["the test run left no report"],
      [],
    ],
  ])("counts %s", (_, text, passed, failed, skipped) => {
    expect(readResult("x", text)).toEqual({ name: "x", passed, failed, skipped });
  });
});
