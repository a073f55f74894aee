/** What became of the tests of one workspace package. */
export interface PackageResult {
  readonly name: string;
  readonly passed: number;
  /** The full names of what failed, files that did not load and runs without a report among them. */
  readonly failed: readonly string[];
  /** The full names of the tests that were skipped or are still to be written. */
  readonly skipped: readonly string[];
}

/** Vitest's JSON report, as far as it is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/**
 * Counts a report test by test. The report's own totals leave out a file that failed to load and a suite
 * whose set-up failed: those are failures here. Without a report, or with one of no test at all, the run
 * is one failure, so that a crash cannot pass for a success.
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

/** The result of what failed as a whole: one failure, named by its reason. */
export function failedRun(name: string, reason: string): PackageResult {
  return { name, passed: 0, failed: [reason], skipped: [] };
}

function parseReport(text: string | undefined): Report | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Report;
  } catch {
    // Cut short by a crash.
    return undefined;
  }
}
