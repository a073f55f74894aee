/**
 * npm run package:deb [-- --output FOLDER] [--compression xz|gzip]
 *
 * Builds the Debian package from the workspace, which `npm run package:deb` builds first, into tooling/packaging/dist or
 * FOLDER, and prints its path and size.
 */
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { buildPackage, type Compression } from "./debian/build-package.ts";
import { workspace } from "./workspace.ts";

const { values } = parseArgs({
  options: {
    output: { type: "string", default: join(workspace, "tooling/packaging/dist") },
    compression: { type: "string", default: "xz" },
  },
});
const megabyte = 1_000_000;

if (!isCompression(values.compression)) {
  throw new Error(`expected --compression to be xz or gzip, got ${values.compression}`);
}
const { path, installedBytes } = await buildPackage(resolve(values.output), values.compression);
const sizes = [statSync(path).size, installedBytes].map((size) => (size / megabyte).toFixed(1));
process.stdout.write(`${path}: ${sizes[0]} MB, installed ${sizes[1]} MB\n`);

function isCompression(text: string): text is Compression {
  return text === "xz" || text === "gzip";
}
