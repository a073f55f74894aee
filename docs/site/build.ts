/**
 * Builds the documentation site into docs/dist/site, or shows it while you write.
 *
 *     npm run docs                  (writes docs/dist/site)
 *     npm run docs -- --watch       (serves the pages, and follows changes of their Markdown)
 *
 * Fails for a link that leads nowhere, and for an export without a docstring.
 */
import { watch } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { repositoryRoot } from "@mailseal/testkit";
import { build, createServer } from "vitepress";
import { stageHandWrittenPages, stagePages } from "./stage.ts";

const root = join(repositoryRoot, "docs");
const { values } = parseArgs({ options: { watch: { type: "boolean", default: false } } });

await stagePages();
if (values.watch) {
  const server = await createServer(root);
  await server.listen();
  server.printUrls();
  for (const folder of ["docs", "packages", "apps", "examples"]) {
    watch(join(repositoryRoot, folder), { recursive: true }, (_, file) => {
      if (file?.endsWith(".md") && !file.includes("dist") && !file.includes("node_modules")) {
        stageHandWrittenPages();
      }
    });
  }
} else {
  await build(root);
}
