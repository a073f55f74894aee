/** `pnpm build-kernel` after each change of the kernel. */
import { fileURLToPath } from "node:url";
import { buildKernel, type Kernel } from "@mailseal/kernel";

export const countCrlfLines: Kernel = {
  source: new URL("count-crlf-lines.ts", import.meta.url),
  module: new URL("../src/message/count-crlf-lines-wasm.ts", import.meta.url),
  name: "countCrlfLinesWasm",
};

if (process.argv[1] === fileURLToPath(import.meta.url)) buildKernel(countCrlfLines);
