import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import process from "node:process";
import { manifestOf, type Program } from "../programs.ts";
import { workspace } from "../workspace.ts";
import { writeCompressed, writeFile } from "./documents.ts";

const generator = join(workspace, "tooling/manuals/src/write.ts");

/** The place of each shell's completion scripts, by the start of their file names or its end. */
const shells: readonly { readonly name: RegExp; readonly folder: string }[] = [
  { name: /^(.+)\.bash$/, folder: "usr/share/bash-completion/completions" },
  { name: /^(_.+)$/, folder: "usr/share/zsh/vendor-completions" },
  { name: /^(.+\.fish)$/, folder: "usr/share/fish/vendor_completions.d" },
];

/**
 * Writes the man pages of a program and its completion for every shell below `root`. The pages that a build of the
 * workspace leaves in `dist` have the day of that build; these have the date of the package.
 */
export function writeManuals(program: Program, root: string, date: Date): void {
  const scratch = mkdtempSync(join(tmpdir(), "mailseal-manuals-"));
  try {
    const { name, version } = manifestOf(program);
    writeFileSync(join(scratch, "package.json"), JSON.stringify({ name, version }));
    const epoch = String(Math.floor(date.getTime() / 1000));
    execFileSync(process.execPath, [generator], {
      cwd: scratch,
      env: { ...process.env, SOURCE_DATE_EPOCH: epoch },
      stdio: "pipe",
    });
    const pages = join(scratch, "dist/man");
    for (const page of readdirSync(pages)) {
      const section = extname(page).slice(1);
      writeCompressed(root, `usr/share/man/man${section}/${page}`, readFileSync(join(pages, page)));
    }
    const scripts = join(scratch, "dist/completion");
    for (const script of readdirSync(scripts)) {
      writeFile(root, placeOf(script), readFileSync(join(scripts, script)));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function placeOf(script: string): string {
  for (const { name, folder } of shells) {
    const [, installed] = name.exec(script) ?? [];
    if (installed !== undefined) return `${folder}/${installed}`;
  }
  throw new Error(`${script}: expected the completion script of bash, zsh or fish`);
}
