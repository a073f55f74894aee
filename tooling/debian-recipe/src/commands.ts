import { spawnSync } from "node:child_process";

/** Runs a command to its end, and throws an error with its output if it fails. */
export function runOrThrow(
  command: string,
  args: readonly string[],
  options: { readonly environment?: NodeJS.ProcessEnv; readonly limitMs?: number } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    env: options.environment ?? process.env,
    timeout: options.limitMs ?? 60_000,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (error !== undefined || status !== 0) {
    const reason = error?.message ?? `exit code ${status}`;
    throw new Error(`${[command, ...args].join(" ")}: ${reason}\n${stdout}${stderr}`);
  }
  return stdout;
}

/** True if a command can be run and ends with exit code 0. */
export function works(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { timeout: 60_000, stdio: "ignore" }).status === 0;
}
