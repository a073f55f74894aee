import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npm } from "./commands.ts";

/** The oldest Node of each major version that the "engines" of packages allow and that npm offers for every processor. */
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

const nodePackage = `node-${process.platform.replace("win32", "win")}-${process.arch}`;

/** True if the npm registry answers. */
export async function registryAnswers(): Promise<boolean> {
  try {
    const impatient = ["--fetch-retries=1", "--fetch-timeout=15000", "--prefer-online"];
    await npm(["view", `${nodePackage}@${oldestNodes[20]}`, "version", ...impatient], tmpdir());
    return true;
  } catch {
    return false;
  }
}

/** Installs a version of Node in a directory, which it makes, and resolves to the path of its executable. */
export async function installNode(directory: string, version: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "package.json"), '{ "private": true }');
  await npm(["install", "--prefer-offline", `${nodePackage}@${version}`], directory);
  return join(directory, "node_modules", nodePackage, "bin", "node");
}
