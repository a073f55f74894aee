/**
 * The program behind `npm test`: builds every package, runs the tests of every workspace package, and prints the
 * true totals: `N passed, N failed` and, if there are any, `, N skipped`.
 *
 *     npm test
 *     npm test -- --filter=@mailseal/syntax      (any option of `turbo run`)
 *
 * Exits with 1 if a test failed, a file did not load, or the run of a package ended without a report. The "test"
 * script of every package must be Vitest, because the totals come from Vitest's reports.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { failedRun, type PackageResult, readResult } from "./report.ts";
import { summaryLines } from "./summary.ts";
import { root, type TestedPackage, testedPackages, turbo } from "./turbo.ts";

const reportFile = join(".turbo", "test-report.json");
const packagesAtOnce = 2;
const workersPerPackage = Math.max(1, Math.floor(availableParallelism() / packagesAtOnce));

const turboOptions = process.argv.slice(2);
const tested = testedPackages(turboOptions);
for (const { directory } of tested) rmSync(join(root, directory, reportFile), { force: true });

const buildCode = turbo(["build", "--output-logs=errors-only", ...turboOptions]);
const testCode = turbo([
  "test",
  "--continue=dependencies-successful",
  "--log-order=grouped",
  "--env-mode=loose",
  `--concurrency=${packagesAtOnce}`,
  ...turboOptions,
  "--",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${reportFile}`,
  `--maxWorkers=${workersPerPackage}`,
]);

const results = resultsOf(tested);
console.log(summaryLines(results).join("\n"));
process.exitCode = results.some(({ failed }) => failed.length > 0) ? 1 : 0;

function resultsOf(packages: readonly TestedPackage[]): readonly PackageResult[] {
  const read = packages.map(({ name, directory }) => {
    const file = join(root, directory, reportFile);
    return readResult(name, existsSync(file) ? readFileSync(file, "utf8") : undefined);
  });
  if (buildCode !== 0) return [...read, failedRun("build", "a package did not build")];
  // An unhandled rejection, for example, is outside every test and not in the count of any package.
  return testCode !== 0 && read.every(({ failed }) => failed.length === 0)
    ? [...read, failedRun("test run", `ended with ${testCode} though every test passed`)]
    : read;
}
