/**
 * node tooling/packaging/src/file-list.ts PROGRAM... FOLDER
 *
 * Writes the files that programs (cli, relay, worker) need at run time into FOLDER, apart from Node itself, with the
 * licences of what is bundled in FOLDER/LICENSES, and prints their paths. For container images; the Debian package has
 * the same files. Run it after `npm run build`.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { noticesText } from "./notices.ts";
import { type Program, programIn, programs } from "./programs.ts";
import { stagePrograms } from "./stage-programs.ts";
import { workspace } from "./workspace.ts";

const [folder, ...names] = process.argv.slice(2).toReversed();
const wanted: Program[] = [];
for (const name of names.toReversed()) {
  const program = programIn(name);
  if (program === undefined) usage(`unknown program ${name}`);
  wanted.push(program);
}
if (folder === undefined || wanted.length === 0) usage("a program or the folder is missing");
const to = resolve(folder);
const { thirdParties } = await stagePrograms(wanted, to);
const own = readFileSync(join(workspace, "LICENSE"), "utf8");
writeFileSync(join(to, "LICENSES"), `${own}\n${"-".repeat(78)}\n\n${noticesText(thirdParties)}\n`);
const files = globSync("**", { cwd: to, withFileTypes: true }).filter((entry) => entry.isFile());
for (const entry of files) process.stdout.write(`${join(entry.parentPath, entry.name)}\n`);

function usage(reason: string): never {
  const known = programs.map((program) => program.folder).join(", ");
  process.stderr.write(
    `file-list: ${reason}; expected one or more of ${known}, and a folder\n` +
      "usage: node tooling/packaging/src/file-list.ts PROGRAM... FOLDER\n",
  );
  process.exit(2);
}
