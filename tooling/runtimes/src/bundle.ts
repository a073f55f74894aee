import { build } from "esbuild";

/** A program to bundle: its file, or its text and the directory from which it imports packages. */
export type Program = string | { readonly text: string; readonly directory: string };

/**
 * Bundles a program into one ES module of text, with the settings that deploy tools of the runtime use. Modules of the
 * runtime itself stay imports.
 */
export async function bundleFor(
  runtime: "node" | "workerd",
  program: Program,
  options: { readonly minify?: boolean } = {},
): Promise<string> {
  const { outputFiles } = await build({
    ...(typeof program === "string"
      ? { entryPoints: [program] }
      : { stdin: { contents: program.text, resolveDir: program.directory } }),
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    logLevel: "silent",
    external: ["node:*", "cloudflare:*"],
    minify: options.minify ?? false,
    ...(runtime === "node"
      ? { platform: "node" }
      : { platform: "browser", conditions: ["workerd", "worker", "browser"] }),
  });
  return outputFiles.map(({ text }) => text).join("");
}
