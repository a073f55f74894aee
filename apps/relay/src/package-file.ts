import { fileURLToPath } from "node:url";

/** The path of a file that is shipped with this package. This module stands one folder below its root. */
export function packageFile(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}
