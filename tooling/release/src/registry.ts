import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npm } from "./commands.ts";

/** The oldest Node that the "engines" of the packages allow and that npm offers for every processor. */
export const oldestNode = "22.13.1";
const nodePackage = `node-${process.platform.replace("win32", "win")}-${process.arch}`;

/** True if the npm registry answers. */
export async function registryAnswers(): Promise<boolean> {
  try {
    const impatient = ["--fetch-retries=1", "--fetch-timeout=15000", "--prefer-online"];
    await npm(["view", `${nodePackage}@${oldestNode}`, "version", ...impatient], tmpdir());
    return true;
  } catch {
    return false;
  }
}

/** Installs {@link oldestNode} in an empty directory and resolves to the path of its executable. */
export async function installOldestNode(directory: string): Promise<string> {
  await writeFile(join(directory, "package.json"), '{ "private": true }');
  await npm(["install", "--prefer-offline", `${nodePackage}@${oldestNode}`], directory);
  return join(directory, "node_modules", nodePackage, "bin", "node");
}
