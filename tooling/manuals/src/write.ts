/**
 * Writes the man pages and completion scripts of a program to the `dist` of its package, in whose folder it runs:
 *
 *     cd apps/cli && node ../../tooling/manuals/src/write.ts
 *
 * `dist/man/*.[158]` are the pages, and `dist/completion` holds `PROGRAM.bash`, `_PROGRAM` for zsh, and `PROGRAM.fish`.
 * The date of the pages is that of $SOURCE_DATE_EPOCH, or today.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { manualFiles } from "./manual-files.ts";
import { programs } from "./programs.ts";

const { name, version } = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly name: string;
  readonly version: string;
};
const program = programs.get(name);
if (program === undefined) {
  throw new Error(`${name} is not a program: run this in the folder of an app`);
}
const epoch = process.env["SOURCE_DATE_EPOCH"];
const date = new Date(epoch === undefined ? Date.now() : Number(epoch) * 1000);
const edition = { version, date: date.toISOString().slice(0, 10) };
for (const [path, text] of await manualFiles(program, edition)) {
  const file = join("dist", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
