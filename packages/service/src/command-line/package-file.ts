import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The path of a file that is shipped with a program. `module` is the `import.meta.url` of the asking module, which may
 * be a source file or a bundle: the root of its package is the next folder above with a package.json.
 */
export function packageFile(module: string, name: string): string {
  let root = dirname(fileURLToPath(module));
  while (!existsSync(join(root, "package.json")) && dirname(root) !== root) {
    root = dirname(root);
  }
  return join(root, name);
}

/** The version of the program to which a module belongs. */
export function packageVersion(module: string): string {
  const text = readFileSync(packageFile(module, "package.json"), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
