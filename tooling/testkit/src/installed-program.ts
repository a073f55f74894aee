import { spawnSync } from "node:child_process";
import process from "node:process";

/**
 * Whether to skip the tests that need a program, after a notice that names its Debian package. In CI, where `.ci/run`
 * installs it, nothing is skipped.
 */
export function isAbsent(program: string, debianPackage: string): boolean {
  const { status } = spawnSync("sh", ["-c", 'command -v "$1"', "sh", program]);
  if (status === 0 || process.env["CI"] !== undefined) return false;
  console.warn(`Tests are skipped: ${program} is absent; apt-get install ${debianPackage}`);
  return true;
}
