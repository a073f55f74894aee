import { createRequire } from "node:module";

export type Forge = typeof import("node-forge");

let library: Forge | undefined;

/** node-forge, loaded when it is first needed: most programs never need it, and it takes its time. */
export function forgeLibrary(): Forge {
  library ??= createRequire(import.meta.url)("node-forge") as Forge;
  return library;
}
