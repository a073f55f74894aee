import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A runtime that starts a file of JavaScript, and which npm package brings it. */
export interface ProcessRuntime {
  readonly name: string;
  readonly program: string;
  /** Before the file. */
  readonly programArguments: readonly string[];
}

const ownRequire = createRequire(import.meta.url);

/** Deno, from the npm package `deno`; undefined if it is not installed. */
export function denoRuntime(): ProcessRuntime | undefined {
  const platform = process.platform === "linux" ? `linux-${process.arch}-glibc` : hostPlatform();
  const program = binaryOf("deno", `@deno/${platform}`, "deno");
  // It uses the packages that npm has installed, and fetches none.
  const programArguments = ["run", "--allow-all", "--node-modules-dir=manual", "--no-remote"];
  return program === undefined ? undefined : { name: "Deno", program, programArguments };
}

/** Bun, from the npm package `bun`; undefined if it is not installed. */
export function bunRuntime(): ProcessRuntime | undefined {
  const platform = hostPlatform().replace("arm64", "aarch64");
  const program = binaryOf("bun", `@oven/bun-${platform}`, join("bin", "bun"));
  return program === undefined
    ? undefined
    : { name: "Bun", program, programArguments: ["--no-install"] };
}

function hostPlatform(): string {
  return `${process.platform}-${process.arch}`;
}

/**
 * The executable in the package of a platform. The package in front of it copies the executable when it is
 * installed, or downloads it; nothing that is installed here may run a script.
 */
function binaryOf(front: string, platformPackage: string, path: string): string | undefined {
  const manifest = attempt(() => ownRequire.resolve(`${front}/package.json`));
  const platformManifest =
    manifest && attempt(() => createRequire(manifest).resolve(`${platformPackage}/package.json`));
  const binary = platformManifest && join(dirname(platformManifest), path);
  return binary !== undefined && existsSync(binary) ? binary : undefined;
}

function attempt(resolve: () => string): string | undefined {
  try {
    return resolve();
  } catch {
    return undefined;
  }
}
