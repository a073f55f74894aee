import { type Cell, type Library, libraries, tasks } from "./cells.ts";
import type { Installed } from "./installed.ts";

/** The figures of a cell. */
export interface CellFigures extends Installed {
  readonly cell: Cell;
  readonly cpuMs: number;
  /** See `withBadKey`; undefined if the task needs no key. */
  readonly badKey: string | undefined;
}

export interface Machine {
  readonly day: string;
  readonly processor: string;
  readonly node: string;
  readonly versions: Readonly<Record<"mailauth" | "nodemailer", string>>;
}

/** The page docs/explanations/side-by-side.md. */
export function pageText(figures: readonly CellFigures[], machine: Machine): string {
  const { versions, processor, node, day } = machine;
  return [
    "# The same tasks side by side",
    `How do five tasks look with Mailseal, with mailauth ${versions.mailauth}, and with nodemailer ${versions.nodemailer}? The tables and the code are
written by \`npm run bench -- side-by-side --write\`; a test runs every block and verifies its result.`,
    `- **Lines** of the code below, without empty ones. It is formatted by one program.
- **Packages** that npm installs for it, and the **MB** of their files.
- **CPU ms** for one message, the median of rounds in turn: CPU time of the process, so other load hardly counts. All keys are
  RSA-2048, because nodemailer has no Ed25519; messages have 2 KB unless the task says otherwise. ${processor}, Node ${node}, ${day}.
- **Bad key**: what happens if the key cannot be used.`,
    "Guides: [coming from mailauth](../guides/from-mailauth.md), [from nodemailer's DKIM](../guides/from-nodemailer.md), [from dkim-signer](../guides/from-dkim-signer.md). More figures: [benchmarks](benchmarks.md), [bundle sizes](../guides/runtimes.md#bundle-sizes).",
    ...tasks.map(({ id, title }) => {
      const cells = figures.filter(({ cell }) => cell.task.id === id);
      const missing = libraries.filter((name) => !cells.some(({ cell }) => cell.library === name));
      return [
        `## ${title}`,
        table(cells, missing),
        ...cells.map(({ cell }) => `### ${title}: ${cell.library}\n\n\`\`\`js\n${cell.code}\`\`\``),
      ].join("\n\n");
    }),
    "",
  ].join("\n\n");
}

function table(cells: readonly CellFigures[], missing: readonly Library[]): string {
  const rows = cells.map(({ cell, packages, bytes, cpuMs, badKey }) => [
    cell.library,
    String(cell.lines),
    String(packages),
    (bytes / 1e6).toFixed(1),
    cpuMs >= 10 ? cpuMs.toFixed(0) : cpuMs.toPrecision(2),
    badKey ?? "",
  ]);
  const none = missing.map((library) => [library, "not possible", "", "", "", ""]);
  return [
    ["", "lines", "packages", "MB", "CPU ms", "bad key"],
    ["---", "---:", "---:", "---:", "---:", "---"],
    ...rows,
    ...none,
  ]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}
