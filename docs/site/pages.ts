import { existsSync, globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { readManifest, readRepository } from "./repository.ts";

/** A page that is written by hand: a Markdown file of the repository. */
export interface SitePage {
  /** Relative to the repository, such as `docs/guides/rotation.md`. */
  readonly source: string;
  /** Relative to the site, such as `guides/rotation.md`. */
  readonly path: string;
  /** Its first heading. */
  readonly title: string;
}

const rules: readonly (readonly [pattern: string, pathOf: (source: string) => string])[] = [
  ["docs/{index,verify}.md", (source) => basename(source)],
  ["docs/{start,guides,reference,explanations}/**/*.md", (source) => source.slice("docs/".length)],
  ["{packages,apps}/*/README.md", (source) => `reference/packages/${folderName(source)}.md`],
  ["examples/*/README.md", (source) => `examples/${folderName(source)}.md`],
  ["examples/README.md", () => "examples/index.md"],
  ["ARCHITECTURE.md", () => "explanations/architecture.md"],
];

/** Files that are not pages, and the page that a link to them leads to. */
const standIns: Readonly<Record<string, string>> = {
  "docs/verifier-page/README.md": "verify.md",
  "README.md": "index.md",
};

/** Every page that is written by hand, sorted by its source. */
export function handWrittenPages(): readonly SitePage[] {
  return rules
    .flatMap(([pattern, pathOf]) =>
      globSync(pattern, { cwd: repositoryRoot })
        .filter((source) => !source.includes("node_modules") && isPublic(source))
        .map((source) => ({
          source,
          path: pathOf(source),
          title: titleOf(readRepository(source), source),
        })),
    )
    .toSorted((a, b) => (a.source < b.source ? -1 : 1));
}

/** The pages by the files of the repository that stand for them. */
export function pagesBySource(pages: readonly SitePage[]): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(standIns),
    ...pages.flatMap(({ source, path }) => [
      [source, path] as const,
      // A link to the folder of a README shows the README.
      ...(basename(source) === "README.md" ? [[dirname(source), path] as const] : []),
    ]),
  ]);
}

/** The first heading of a page without its marks. The home page has its title in its front matter. */
export function titleOf(markdown: string, source: string): string {
  const [, title] = /^# (.*)$/m.exec(markdown) ?? /^title: (.*)$/m.exec(markdown) ?? [];
  if (title === undefined)
    throw new Error(`${source} has no title: begin it with a line "# Title"`);
  return title.replaceAll(/[`*]/g, "").trim();
}

function folderName(source: string): string {
  return basename(dirname(source));
}

/** Not a private package: users cannot install it. */
function isPublic(source: string): boolean {
  const folder = dirname(source);
  return (
    !/^(packages|apps)\//.test(source) ||
    !existsSync(join(repositoryRoot, folder, "package.json")) ||
    readManifest(folder).private !== true
  );
}
