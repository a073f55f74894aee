/**
 * Compiles a kernel, which is AssemblyScript, and writes it into its package as a module with its bytes in base64, so
 * that the package opens no file at run time.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export interface Kernel {
  /** The AssemblyScript. */
  readonly source: URL;
  /** The module that holds what it compiles to. */
  readonly module: URL;
  /** The name that the module exports. */
  readonly name: string;
}

const compiler = fileURLToPath(import.meta.resolve("assemblyscript/bin/asc.js"));
/** One page of memory, of which the first 4 KB are the kernel's own. */
const flags: readonly string[] = [
  ..."-O3 --runtime stub --noAssert --enable simd".split(" "),
  ..."--memoryBase 4096 --initialMemory 1 --maximumMemory 1".split(" "),
];

/** The text of the module that holds the kernel. Throws if the kernel does not compile. */
export function compileKernel(kernel: Kernel): string {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-kernel-"));
  try {
    const source = fileURLToPath(kernel.source);
    const wasm = join(directory, "kernel.wasm");
    const { status, stderr } = spawnSync(
      process.execPath,
      [compiler, relative(dirname(source), source), "--outFile", wasm, ...flags],
      { cwd: dirname(source) },
    );
    if (status !== 0) {
      throw new Error(`${source} does not compile: ${stderr.toString()}`);
    }
    return moduleText(kernel, readFileSync(wasm));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Compiles the kernel and writes its module. */
export function buildKernel(kernel: Kernel): void {
  writeFileSync(kernel.module, compileKernel(kernel));
}

function moduleText({ source, name }: Kernel, wasm: Buffer): string {
  const lines = wasm.toString("base64").match(/.{1,90}/g) ?? [];
  const path = source.pathname.replace(/^.*\/(kernel\/)/, "$1");
  return [
    `// Written by kernel/build.ts from ${path}: change it there.`,
    `export const ${name}: string = [`,
    ...lines.map((line) => `  "${line}",`),
    '].join("");',
    "",
  ].join("\n");
}
