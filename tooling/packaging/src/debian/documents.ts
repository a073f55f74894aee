import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** Writes a file of the package and makes its folders. */
export function writeFile(root: string, path: string, content: string | Uint8Array): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** As Debian wants its documents. The same text gives the same bytes: gzip notes no time. */
export function writeCompressed(root: string, path: string, content: string | Uint8Array): void {
  writeFile(root, `${path}.gz`, gzipSync(content, { level: 9 }));
}
