import { existsSync } from "node:fs";
import { dirname, extname, join, posix } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { repositoryUrl } from "./repository.ts";

/** A Markdown text of the site, and the files that it needs beside the pages. */
export interface LinkedText {
  readonly text: string;
  /** Relative to the repository: pictures and downloads. The site has them at the same place below docs/. */
  readonly files: readonly string[];
}

/** A file of the repository and its place on the site. */
export interface Place {
  readonly source: string;
  readonly path: string;
}

const pictures: ReadonlySet<string> = new Set([".png", ".svg"]);
/** The target of a link or picture, in Markdown or HTML. */
const target = /(\]\(|\b(?:src|srcset|href)=")([^)"\s]+)(?=[)"\s])/g;

/**
 * Turns the links between files of the repository, as GitHub follows them, into links between pages of the site. A link
 * to a file that is no page leads to the repository. Throws for a link to a file that does not exist.
 */
export function withSiteLinks(
  markdown: string,
  { source, path }: Place,
  pages: ReadonlyMap<string, string>,
): LinkedText {
  const files: string[] = [];
  const siteTarget = (link: string): string => {
    const [file = "", anchor] = link.split("#");
    // An address, an anchor of the page, or a file that only the site has.
    if (file === "" || /^([a-z]+:|\/)/i.test(file)) return link;
    const linked = posix.normalize(posix.join(dirname(source), file)).replace(/\/$/, "");
    const page = pages.get(linked);
    if (page !== undefined) {
      return relativeTo(path, page) + (anchor === undefined ? "" : `#${anchor}`);
    }
    if (!existsSync(join(repositoryRoot, linked))) {
      throw new Error(`${source} links to ${link}: expected a file of the repository`);
    }
    if (!linked.startsWith("docs/") || extname(linked) === ".ts") return repositoryUrl(linked);
    files.push(linked);
    const placed = linked.slice("docs/".length);
    // Vite bundles pictures; other files are downloads, which it serves as they are.
    return pictures.has(extname(linked)) ? relativeTo(path, placed) : `/${placed}`;
  };
  const text = outsideCode(markdown, (prose) =>
    prose.replaceAll(target, (_, before: string, link: string) => before + siteTarget(link)),
  );
  return { text, files };
}

/** Applies a change to everything but fenced code and code spans. */
export function outsideCode(markdown: string, change: (prose: string) => string): string {
  return markdown
    .split(/(^[ \t]*(?:```|~~~)[^]*?^[ \t]*(?:```|~~~)[ \t]*$|`[^`\n]+`)/m)
    .map((part, at) => (at % 2 === 1 ? part : change(part)))
    .join("");
}

function relativeTo(from: string, to: string): string {
  const path = posix.relative(dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
}
