import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";

/** Runs the built program `mailseal`, without a terminal. */
export function mailseal(args: readonly string[]): {
  readonly code: number | null;
  readonly stdout: string;
} {
  const program = join(repositoryRoot, "apps/cli/bin/mailseal.js");
  const { status, stdout } = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    timeout: 120_000,
  });
  return { code: status, stdout };
}
