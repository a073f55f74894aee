/**
 * Compiles `collapse-blanks.ts` and writes it into the package as `src/collapse-blanks-wasm.ts`, so
 * that the package opens no file at run time. `pnpm build-kernel` after each change of the kernel.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const compiler = fileURLToPath(import.meta.resolve("assemblyscript/bin/asc.js"));
const output: string = fileURLToPath(new URL("../src/collapse-blanks-wasm.ts", import.meta.url));
/** One page of memory, of which the first 4 KB are the kernel's own. */
const flags: readonly string[] = [
  ..."-O3 --runtime stub --noAssert --enable simd".split(" "),
  ..."--memoryBase 4096 --initialMemory 1 --maximumMemory 1".split(" "),
];

/** The text of the module that holds the kernel. Throws where the kernel does not compile. */
export function compileKernel(): string {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-kernel-"));
  try {
    const wasm = join(directory, "kernel.wasm");
    const { status, stderr } = spawnSync(
      process.execPath,
      [compiler, "collapse-blanks.ts", "--outFile", wasm, ...flags],
      { cwd: fileURLToPath(new URL(".", import.meta.url)) },
    );
    if (status !== 0) {
      throw new Error(`collapse-blanks.ts does not compile: ${stderr.toString()}`);
    }
    return moduleText(readFileSync(wasm));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function moduleText(wasm: Buffer): string {
  const lines = wasm.toString("base64").match(/.{1,90}/g) ?? [];
  return [
    "// Written by kernel/build.ts from kernel/collapse-blanks.ts: change it there.",
    "export const collapseBlanksWasm: string = [",
    ...lines.map((line) => `  "${line}",`),
    '].join("");',
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(output, compileKernel());
}
