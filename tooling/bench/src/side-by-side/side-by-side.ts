/**
 * `npm run bench -- side-by-side [--quick] [--write]` runs the same tasks with Mailseal, mailauth and nodemailer, prints
 * the tables, or writes them with the code to docs/explanations/side-by-side.md.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "@mailseal/testkit";
import { allCells, makeInputs, resultsOf, tasks, withBadKey } from "./cells.ts";
import { cpuMilliseconds, type Pace } from "./cpu-time.ts";
import { installed } from "./installed.ts";
import { type CellFigures, type Machine, pageText } from "./page.ts";

const bench = fileURLToPath(new URL("../..", import.meta.url));

/** Measures every cell. Throws if the result of one does not verify. */
export async function measureCells(pace: Pace): Promise<readonly CellFigures[]> {
  const inputs = await makeInputs();
  const figures: CellFigures[] = [];
  try {
    for (const task of tasks) {
      const cells = allCells().filter((cell) => cell.task.id === task.id);
      for (const cell of cells) {
        const results = await resultsOf(cell, inputs);
        if (results.join() !== task.results.join()) {
          throw new Error(`${cell.file}: expected ${task.results.join()}, got ${results.join()}`);
        }
      }
      const times = await cpuMilliseconds(cells, inputs, pace);
      for (const cell of cells) {
        figures.push({
          cell,
          ...installed(task.packages[cell.library], bench),
          cpuMs: times.get(cell) ?? Number.NaN,
          badKey: task.id === "verify" ? undefined : await withBadKey(cell, inputs),
        });
      }
    }
  } finally {
    await inputs.dns.close();
  }
  return figures;
}

function versionOf(name: string): string {
  const manifest = readFileSync(join(bench, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

function thisMachine(): Machine {
  return {
    day: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    node: process.versions.node,
    versions: { mailauth: versionOf("mailauth"), nodemailer: versionOf("nodemailer") },
  };
}

/** Runs the command; `write` writes the page, else its text is printed. */
export async function sideBySide(options: {
  readonly quick: boolean;
  readonly write: boolean;
}): Promise<void> {
  const pace = options.quick ? { rounds: 1, roundMs: 1 } : { rounds: 9, roundMs: 100 };
  const text = pageText(await measureCells(pace), thisMachine());
  if (!options.write) {
    console.log(text);
    return;
  }
  const file = join(repositoryRoot, "docs", "explanations", "side-by-side.md");
  writeFileSync(file, text);
  execFileSync(
    join(repositoryRoot, "node_modules", ".bin", "oxfmt"),
    ["docs/explanations/side-by-side.md"],
    {
      cwd: repositoryRoot,
    },
  );
}
