import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { writeApiPages } from "./api-pages.ts";
import { commandPage, exitCodePage } from "./command-pages.ts";
import { withSiteLinks } from "./links.ts";
import { handWrittenPages, pagesBySource, titleOf } from "./pages.ts";
import { programs } from "./programs.ts";
import { readRepository } from "./repository.ts";
import type { ListedPage } from "./sidebar.ts";

const docs = join(repositoryRoot, "docs");
/** The Markdown of the whole site, written and generated, from which VitePress builds it. */
const pagesFolder: string = join(docs, "dist", "pages");
const listFile = join(docs, "dist", "pages.json");

/** The list of generated pages takes its place. */
const generatedMark = "<!-- generated pages -->";

/** The pages that were staged, for the sidebar. */
export function stagedPages(): readonly ListedPage[] {
  return JSON.parse(readFileSync(listFile, "utf8")) as readonly ListedPage[];
}

/** Gathers every page of the site in one folder. */
export async function stagePages(): Promise<void> {
  rmSync(pagesFolder, { recursive: true, force: true });
  stageGeneratedPages();
  await writeApiPages(join(pagesFolder, "reference", "api"));
  stageHandWrittenPages();
}

/** Copies the pages that are written by hand, and writes the list of all pages. */
export function stageHandWrittenPages(): void {
  const pages = handWrittenPages();
  const bySource = pagesBySource(pages);
  for (const page of pages) {
    const { text, files } = withSiteLinks(readRepository(page.source), page, bySource);
    write(
      page.path,
      text.replace(generatedMark, () => generatedList(page.path)),
    );
    for (const file of files) copyFile(file);
  }
  cpSync(join(docs, "verifier-page", "dist"), join(pagesFolder, "public", "verifier"), {
    recursive: true,
  });
  writeFileSync(listFile, JSON.stringify(everyPage(), undefined, 2));
}

function stageGeneratedPages(): void {
  const described = programs();
  for (const program of described) {
    write(`reference/cli/${program.path.join("-")}.md`, commandPage(program));
  }
  write("reference/exit-codes.md", exitCodePage(described));
}

function everyPage(): readonly ListedPage[] {
  return globSync("**/*.md", { cwd: pagesFolder })
    .toSorted()
    .map((path) => ({ path, title: titleOf(readFileSync(join(pagesFolder, path), "utf8"), path) }));
}

/** Links to the pages that no file of the repository has. */
function generatedList(path: string): string {
  const folder = dirname(path);
  return everyPage()
    .filter((page) => /^reference\/(api|cli)\/|^reference\/exit-codes/.test(page.path))
    .map((page) => `- [${page.title}](${posix.relative(folder, page.path)})`)
    .join("\n");
}

/** Pictures are beside the pages; downloads are in the folder that VitePress copies as it is. */
function copyFile(file: string): void {
  const placed = file.replace(/^docs\//, "");
  const isPicture = /\.(png|svg)$/.test(file);
  cpSync(join(repositoryRoot, file), join(pagesFolder, isPicture ? "" : "public", placed));
}

function write(path: string, text: string): void {
  const file = join(pagesFolder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
