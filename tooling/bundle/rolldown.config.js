/**
 * One file for each entry of a package's `exports`, run in the package's folder. A process that
 * imports `@mailseal/signer` would open fifty files otherwise, which takes longer than to sign.
 * `tsc` writes the types beside them afterwards, and `bundle-types.js` those of bundled packages.
 */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { defineConfig } from "rolldown";
import { isBundled } from "./bundled-packages.js";

/** @type {{ exports: Record<string, string> }} */
const { exports: entries } = JSON.parse(readFileSync("package.json", "utf8"));
const names = Object.values(entries)
  .filter((path) => /^\.\/dist\/.*\.js$/.test(path))
  .map((path) => path.slice("./dist/".length, -".js".length));
/** Where a worker thread or a child process begins: started by its path, and public to nobody. */
const threads = globSync("src/{pool-thread,writer-thread,hook-process}-main.ts").map((path) =>
  basename(path, ".ts"),
);

export default defineConfig({
  input: Object.fromEntries([...names, ...threads].map((name) => [name, `src/${name}.ts`])),
  // Dependencies stay imports. The package's own modules are bundled, and private packages of the workspace, and
  // helpers for syntax that Node 22 lacks.
  external: (id) => /^(?!@oxc-project)[^./\0]/.test(id) && !isBundled(id),
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
