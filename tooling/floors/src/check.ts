/**
 * Checks that every import of every package and app points down the floors of ARCHITECTURE.md, and that only the
 * files on the list in `wall-clock.ts` read the wall clock.
 *
 *     node tooling/floors/src/check.ts [root of a tree, by default this repository]
 *
 * Prints one line for each breach, and exits with 1 if there is one.
 */
import { fileURLToPath } from "node:url";
import { breachesOf } from "./breaches.ts";
import { readPackages } from "./package-files.ts";

const root = process.argv[2] ?? fileURLToPath(new URL("../../..", import.meta.url));
const packages = readPackages(root);
const breaches = packages.flatMap((checked) => breachesOf(checked));
for (const { file, line, reason } of breaches) console.error(`${file}:${line} ${reason}`);
if (packages.length === 0) console.error(`no packages in ${root}; expected packages/ and apps/`);
else if (breaches.length === 0) console.log(`floors: ${packages.length} packages in order`);
process.exitCode = breaches.length > 0 || packages.length === 0 ? 1 : 0;
