import type { PackageResult } from "./report.ts";

/** The summary of a test run: a row for each package, the failed and skipped tests, and the totals. */
export function summaryLines(results: readonly PackageResult[]): readonly string[] {
  const width = Math.max(0, ...results.map(({ name }) => name.length));
  const namesOf = (list: "failed" | "skipped"): readonly string[] =>
    results.flatMap((result) => result[list].map((test) => `  ${result.name}: ${test}`));
  const failed = namesOf("failed");
  const skipped = namesOf("skipped");
  return [
    "",
    ...results.map((result) => `${result.name.padEnd(width)}  ${counts(result)}`),
    ...(failed.length > 0 ? ["", "Failed:", ...failed] : []),
    ...(skipped.length > 0 ? ["", "Skipped:", ...skipped] : []),
    "",
    counts({
      passed: results.reduce((sum, { passed }) => sum + passed, 0),
      failed,
      skipped,
    }),
  ];
}

function counts(result: Pick<PackageResult, "passed" | "failed" | "skipped">): string {
  const { passed, failed, skipped } = result;
  const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
  return `${passed} passed, ${failed.length} failed${tail}`;
}
