import { execFile } from "node:child_process";
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import webpack, { type Configuration } from "webpack";

const app = fileURLToPath(new URL("../app/", import.meta.url));
const threads = ["signer-thread", "verifier-thread"];
let scratch = "";
let inlinedThreads = "";

interface Build {
  readonly entries: readonly string[];
  readonly to: string;
  readonly format: "esm" | "cjs";
}

/** Each writes one self-contained file `<entry>.mjs`, or `.cjs`, for each entry. */
const bundlers: Record<string, (build: Build) => Promise<void>> = {
  async esbuild({ entries, to, format }) {
    await esbuild({
      entryPoints: entries.map((entry) => join(app, `${entry}.mjs`)),
      outdir: to,
      bundle: true,
      minify: true,
      platform: "node",
      target: "node22",
      format,
      loader: { ".txt": "text" },
      alias: { threads: inlinedThreads },
      outExtension: { ".js": extensionOf(format) },
    });
  },
  async rolldown({ entries, to, format }) {
    for (const entry of entries) {
      await using bundle = await rolldown({
        input: join(app, `${entry}.mjs`),
        platform: "node",
        moduleTypes: { ".txt": "text" },
        resolve: { alias: { threads: inlinedThreads } },
      });
      await bundle.write({
        format,
        minify: true,
        codeSplitting: false,
        file: join(to, entry + extensionOf(format)),
      });
    }
  },
  async webpack({ entries, to, format }) {
    for (const entry of entries) {
      const isModule = format === "esm";
      await runWebpack({
        mode: "production",
        entry: { [entry]: join(app, `${entry}.mjs`) },
        target: "node22",
        output: {
          path: to,
          filename: `[name]${extensionOf(format)}`,
          chunkFilename: `[id]${extensionOf(format)}`,
          ...(isModule ? { library: { type: "module" }, chunkFormat: "module" } : {}),
        },
        experiments: { outputModule: isModule },
        // It would take most of the time of this test.
        optimization: { minimize: false },
        module: { rules: [{ test: /\.txt$/, type: "asset/source" }] },
        resolve: { alias: { threads: inlinedThreads } },
      });
    }
  },
};

function extensionOf(format: Build["format"]): string {
  return format === "esm" ? ".mjs" : ".cjs";
}

async function runWebpack(configuration: Configuration): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    webpack(configuration, (error, stats) => {
      const failure =
        error ?? (stats?.hasErrors() ? new Error(stats.toString("errors-only")) : undefined);
      if (failure) reject(failure);
      else resolve();
    });
  });
}

async function outputOf(file: string): Promise<string> {
  // In a folder without node_modules: the bundle has all it needs.
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: scratch });
  return stdout.trim();
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "mailseal-bundlers-"));
  inlinedThreads = join(scratch, "threads");
  await bundlers["esbuild"]?.({ entries: threads, to: inlinedThreads, format: "cjs" });
  for (const name of await readdir(inlinedThreads)) {
    await rename(
      join(inlinedThreads, name),
      join(inlinedThreads, name.replace("-thread.cjs", ".txt")),
    );
  }
}, 120_000);
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe.each(Object.entries(bundlers))("a program with pools, bundled by %s", (name, bundle) => {
  test.each([
    ["the URL of each thread's script", "by-url", threads],
    ["functions that start the threads", "by-worker", threads],
    ["the code of the threads as text", "inlined", []],
  ])("with %s", { timeout: 120_000 }, async (_, entry, scripts) => {
    const to = join(scratch, name, entry);
    await bundle({ entries: [entry, ...scripts], to, format: "esm" });
    expect(await outputOf(join(to, `${entry}.mjs`))).toBe("pass");
  });
});

test(
  "a bundle without the thread's script fails with the remedy",
  { timeout: 120_000 },
  async () => {
    const to = join(scratch, "without");
    await bundlers["esbuild"]?.({ entries: ["by-default"], to, format: "esm" });
    await expect(outputOf(join(to, "by-default.mjs"))).rejects.toThrow("pass its script");
  },
);
