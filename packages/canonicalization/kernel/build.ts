/** `pnpm build-kernel` after each change of the kernel. */
import { fileURLToPath } from "node:url";
import { buildKernel, type Kernel } from "@mailseal/kernel";

export const collapseBlanks: Kernel = {
  source: new URL("collapse-blanks.ts", import.meta.url),
  module: new URL("../src/collapse-blanks-wasm.ts", import.meta.url),
  name: "collapseBlanksWasm",
};

if (process.argv[1] === fileURLToPath(import.meta.url)) buildKernel(collapseBlanks);
