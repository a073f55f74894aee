/** The test results of one workspace package. */
export interface PackageResult {
  readonly name: string;
  readonly passed: number;
  /** The full names of failed tests, of files that did not load, and of runs without a report. */
  readonly failed: readonly string[];
  /** The full names of skipped and todo tests. */
  readonly skipped: readonly string[];
}

/** The parts of Vitest's JSON report that are used here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/**
 * Counts a report test by test. The report's own totals leave out a file that failed to load and a suite
 * whose set-up failed; these count as failures here. A run without a report, or with a report without tests, counts
 * as one failure, so that a crash cannot look like a success.
 */
export function readResult(name: string, reportText: string | undefined): PackageResult {
  const report = parseReport(reportText);
  if (report === undefined) {
    return failedRun(name, "the test run left no report");
  }
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const named = (statuses: readonly string[]): readonly string[] =>
    tests.filter((test) => statuses.includes(test.status)).map((test) => test.fullName);
  const passed = named(["passed"]).length;
  const skipped = named(["skipped", "pending", "todo", "disabled"]);
  const failedFiles = report.testResults
    .filter((file) => file.status === "failed")
    .filter((file) => file.assertionResults.every((test) => test.status !== "failed"))
    .map((file) => `${file.name} did not run to its end`);
  const failed = [...named(["failed"]), ...failedFiles];
  const counted = passed + skipped.length + named(["failed"]).length;
  if (counted < tests.length) failed.push("the report holds a test status unknown here");
  if (tests.length === 0 && failed.length === 0) failed.push("the test run holds no test");
  return { name, passed, failed, skipped };
}

/** The result of a run that failed as a whole: one failure, named by its reason. */
export function failedRun(name: string, reason: string): PackageResult {
  return { name, passed: 0, failed: [reason], skipped: [] };
}

function parseReport(text: string | undefined): Report | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Report;
  } catch {
    // A crash truncated the report.
    return undefined;
  }
}
