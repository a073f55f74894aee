/**
 * One file for each entry of a package's `exports`, run in the package's folder. A process that
 * imports `@mailseal/signer` would open fifty files otherwise, which takes longer than to sign.
 * `tsc` writes the types beside them afterwards, and `bundle-types.js` those of bundled packages.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { defineConfig } from "rolldown";
import { isBundled } from "./bundled-packages.js";

/** @type {{ exports: Record<string, string> }} */
const { exports: entries } = JSON.parse(readFileSync("package.json", "utf8"));
const names = Object.values(entries)
  .filter((path) => /^\.\/dist\/.*\.js$/.test(path))
  .map((path) => path.slice("./dist/".length, -".js".length));
/** Where a worker thread or a child process begins: started by its path, and public to nobody. */
/** The entry for hosts without Node's modules, if the package has one. */
const portable = "portable";
const threads = globSync("src/{pool-thread,writer-thread,hook-process}-main.ts").map((path) =>
  basename(path, ".ts"),
);

const forNode = defineConfig({
  input: Object.fromEntries(
    [...names, ...threads]
      .filter((name) => name !== portable)
      .map((name) => [name, `src/${name}.ts`]),
  ),
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

/**
 * One self-contained module. Of Node's modules, each that `src/portable` has is replaced, and the functions of all
 * others are unavailable. Only data that need an update of their own, the public suffixes of tldts, stay an import.
 */
const forBrowsers = defineConfig({
  input: { [portable]: `src/${portable}.ts` },
  external: ["tldts"],
  platform: "browser",
  tsconfig: false,
  plugins: [
    {
      name: "portable-modules",
      resolveId(id) {
        if (!id.startsWith("node:")) return undefined;
        const own = resolve(`src/${portable}/${id.replace(":", "-")}.ts`);
        return existsSync(own) ? own : resolve(`src/${portable}/unavailable.ts`);
      },
    },
  ],
  transform: {
    target: "es2022",
    inject: { Buffer: [resolve(`src/${portable}/node-buffer.ts`), "Buffer"] },
  },
  output: {
    dir: "dist",
    format: "esm",
    entryFileNames: "[name].js",
    sourcemap: true,
    // The licences of what is bundled.
    comments: { legal: true, annotation: false, jsdoc: false },
    codeSplitting: false,
  },
});

export default names.includes(portable) ? [forNode, forBrowsers] : forNode;
