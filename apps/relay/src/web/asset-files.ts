import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { packageFile } from "@mailseal/service/command-line";

export interface Asset {
  readonly type: string;
  readonly text: string;
}

const script = "text/javascript; charset=utf-8";
const style = "text/css; charset=utf-8";

/** The files that the page loads, by path. All of them are local. */
export async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const require = createRequire(import.meta.url);
  const files = [
    {
      name: "page.css",
      type: style,
      path: packageFile(import.meta.url, "src/web/assets/page.css"),
    },
    { name: "page.js", type: script, path: packageFile(import.meta.url, "src/web/assets/page.js") },
    {
      name: "charts.js",
      type: script,
      path: packageFile(import.meta.url, "src/web/assets/charts.js"),
    },
    { name: "uplot.css", type: style, path: require.resolve("uplot/dist/uPlot.min.css") },
    { name: "uplot.js", type: script, path: require.resolve("uplot/dist/uPlot.esm.js") },
    {
      name: "icon.svg",
      type: "image/svg+xml",
      path: packageFile(import.meta.url, "src/web/assets/icon.svg"),
    },
  ];
  const loaded = await Promise.all(
    files.map(async ({ name, type, path }) => {
      return [`/assets/${name}`, { type, text: await readFile(path, "utf8") }] as const;
    }),
  );
  return new Map(loaded);
}
