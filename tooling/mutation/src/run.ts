/**
 * Mutation testing (Stryker) of one package: `pnpm --filter @mailseal/mutation mutation canonicalization`.
 *
 * What follows the name are further patterns for Stryker: `verifier '!src/explain*' '!src/explain/**'`.
 *
 * Changes the source in small ways, one at a time, and counts how many the package's tests notice. It
 * takes minutes to an hour, so it is no part of `npm test`. The report is left in the package's
 * `reports/` directory, which git ignores.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = ["canonicalization", "verifier"];
const [name = "", ...patterns] = process.argv.slice(2);
if (!packages.includes(name)) {
  console.error(`mutation: expected one of ${packages.join(", ")}, got ${JSON.stringify(name)}`);
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
    mutate: ["src/**/*.ts", "!src/index.ts", "!src/*-wasm.ts", ...patterns],
    disableTypeChecks: false,
    // The README's example runs the built package, which no mutation reaches.
    vitest: { configFile: "vitest.config.ts" },
    reporters: ["progress-append-only", "clear-text", "json"],
    concurrency: 2,
    timeoutMS: 20_000,
    // Within the package, so that the workspace's own dependencies are found from there.
    tempDirName: ".stryker-tmp",
    allowEmpty: false,
    // TypeScript 7 has no JavaScript API, which Stryker would rewrite the configuration with.
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
