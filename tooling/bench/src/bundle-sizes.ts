/**
 * Writes the table of bundle sizes in docs/guides/runtimes.md: our libraries and mailauth's functions for the same tasks,
 * bundled by esbuild for Node.js, whose own modules are not counted.
 *
 *     node tooling/bench/src/bundle-sizes.ts     (after a build)
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundleFor } from "@mailseal/runtimes/bundle";
import { repositoryRoot } from "@mailseal/testkit";

/** Bytes of a bundle. */
export interface BundleSize {
  readonly task: string;
  readonly library: string;
  readonly minified: number;
  readonly gzip: number;
}

const libraries = {
  Mailseal: {
    sign: 'export { loadPrivateKey } from "@mailseal/crypto"; export { createSigner } from "@mailseal/signer";',
    verify:
      'export { keySource, nodeResolver } from "@mailseal/dns-record"; export { verify } from "@mailseal/verifier";',
  },
  mailauth: {
    sign: 'export { dkimSign } from "mailauth/lib/dkim/sign.js";',
    verify: 'export { dkimVerify } from "mailauth/lib/dkim/verify.js";',
  },
} as const;

const directory = fileURLToPath(new URL(".", import.meta.url));

/** The sizes for each task of each library, in the order of the table. */
export async function bundleSizes(): Promise<readonly BundleSize[]> {
  const sizes: BundleSize[] = [];
  for (const task of ["sign", "verify", "both"] as const) {
    for (const [library, { sign, verify }] of Object.entries(libraries)) {
      const text = { sign, verify, both: `${sign}\n${verify}` }[task];
      const bundle = Buffer.from(await bundleFor("node", { text, directory }, { minify: true }));
      sizes.push({ task, library, minified: bundle.length, gzip: gzipSync(bundle).length });
    }
  }
  return sizes;
}

const start = "<!-- bundle sizes -->";
const end = "<!-- /bundle sizes -->";

/** The document with these sizes in its table. Throws if it has no place for one. */
export function withTable(document: string, sizes: readonly BundleSize[]): string {
  const from = document.indexOf(start);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`expected ${start} and ${end} in the document`);
  const rows = sizes.map(
    ({ task, library, minified, gzip }) =>
      `| ${task} | ${library} | ${kilobytes(minified)} | ${kilobytes(gzip)} |`,
  );
  const table = ["| task | library | minified, kB | gzip, kB |", "| --- | --- | ---: | ---: |"];
  return `${document.slice(0, from)}${start}\n\n${[...table, ...rows].join("\n")}\n\n${document.slice(to)}`;
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}

if (import.meta.main) {
  const file = join(repositoryRoot, "docs", "guides", "runtimes.md");
  writeFileSync(file, withTable(readFileSync(file, "utf8"), await bundleSizes()));
  console.log(`wrote ${file}; format it with oxfmt`);
}
