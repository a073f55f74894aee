import { once } from "node:events";
import { createReadStream, existsSync, globSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";

/** The site as `npm run docs` has built it. */
export const siteFolder: string = join(repositoryRoot, "docs", "dist", "site");

/** The pages of the site, such as `guides/rotation.html`; the page for addresses that do not exist is none. */
export function sitePages(): readonly string[] {
  return globSync("**/*.html", { cwd: siteFolder })
    .filter((path) => path !== "404.html" && !path.startsWith("verifier/"))
    .toSorted();
}

/** The HTML of a page. */
export function pageHtml(path: string): string {
  return readFileSync(join(siteFolder, path), "utf8");
}

const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
};

export interface ServedSite {
  /** With a final slash. */
  readonly url: string;
  close(): void;
}

/** Serves the site on loopback as a plain web server does. */
export async function serveSite(): Promise<ServedSite> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://site");
    const file = join(siteFolder, decodeURIComponent(pathname));
    const found =
      existsSync(file) && statSync(file).isDirectory() ? join(file, "index.html") : file;
    if (!existsSync(found)) {
      response.writeHead(404).end();
      return;
    }
    const type = contentTypes[extname(found)] ?? "application/octet-stream";
    createReadStream(found).pipe(response.writeHead(200, { "content-type": type }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
