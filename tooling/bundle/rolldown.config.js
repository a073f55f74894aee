/**
 * One file for each entry of a package's `exports`, run in the package's folder. A process that
 * imports `@mailseal/signer` would open fifty files otherwise, which takes longer than to sign.
 * `tsc` writes the types beside them afterwards.
 */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { defineConfig } from "rolldown";

/** @type {{ exports: Record<string, string> }} */
const { exports: entries } = JSON.parse(readFileSync("package.json", "utf8"));
const names = Object.values(entries)
  .filter((path) => path.startsWith("./dist/"))
  .map((path) => basename(path, ".js"));
/** Where a worker thread or a child process begins: started by its path, and public to nobody. */
const threads = globSync("src/{pool-thread,writer-thread,hook-process}-main.ts").map((path) =>
  basename(path, ".ts"),
);

export default defineConfig({
  input: Object.fromEntries([...names, ...threads].map((name) => [name, `src/${name}.ts`])),
  // Only the package's own modules, and helpers for syntax that Node 22 lacks: dependencies stay imports.
  external: /^(?!@oxc-project)[^./\0]/,
  platform: "node",
  tsconfig: false,
  // As in the shared tsconfig.
  transform: { target: "es2022" },
  output: {
    dir: "dist",
    cleanDir: true,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    sourcemap: true,
  },
});
