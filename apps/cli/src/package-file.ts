import { fileURLToPath } from "node:url";

/** The path of a file in this package. This module is one folder below the root of the package. */
export function packageFile(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}
