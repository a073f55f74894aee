/**
 * Mutation testing (Stryker) of one package: `pnpm --filter @mailseal/mutation mutation canonicalization`.
 *
 * Arguments after the name are further patterns for Stryker: `verifier '!src/explain*' '!src/explain/**'`.
 *
 * Makes small changes to the source, one at a time, and counts how many of them the tests of the package detect. It
 * takes from minutes to an hour, so it is not part of `npm test`. The report is in the `reports/` directory of the
 * package, which git ignores.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = ["canonicalization", "verifier"];
const [name = "", ...patterns] = process.argv.slice(2);
if (!packages.includes(name)) {
  console.error(
    `mutation: unknown package ${JSON.stringify(name)}; expected one of ${packages.join(", ")}`,
  );
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), "mailseal-mutation-"));
const config = join(directory, "stryker.config.json");
writeFileSync(
  config,
  JSON.stringify({
    testRunner: "vitest",
    plugins: [import.meta.resolve("@stryker-mutator/vitest-runner")],
    // A test compares the kernel, byte for byte, with what its source compiles to.
    mutate: ["src/**/*.ts", "!src/index.ts", "!src/**/*-wasm.ts", ...patterns],
    disableTypeChecks: false,
    // The example in the README runs the built package, which is not mutated.
    vitest: { configFile: "vitest.config.ts" },
    reporters: ["progress-append-only", "clear-text", "json"],
    concurrency: 2,
    timeoutMS: 20_000,
    // Inside the package, so that the dependencies of the workspace resolve from there.
    tempDirName: ".stryker-tmp",
    allowEmpty: false,
    // Stryker would rewrite the configuration with the JavaScript API, which TypeScript 7 does not have.
    tsconfigFile: "none",
  }),
);
const stryker = fileURLToPath(new URL("../node_modules/.bin/stryker", import.meta.url));
const { status } = spawnSync(stryker, ["run", config], {
  cwd: fileURLToPath(new URL(`../../../packages/${name}/`, import.meta.url)),
  stdio: "inherit",
});
rmSync(directory, { recursive: true, force: true });
process.exitCode = status ?? 1;
