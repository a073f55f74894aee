import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { buffer } from "node:stream/consumers";

/** The exit code of a program, and its standard error. */
export interface EndedProgram {
  readonly code: number | null;
  readonly stderr: string;
}

const timeout = 120_000;
const env = { PATH: process.env["PATH"] };

/** Runs a program of Node's whose standard output nobody reads, with `input` on its standard input. */
export async function runWithoutReader(
  entry: string,
  args: readonly string[],
  input = "",
): Promise<EndedProgram> {
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env,
    timeout,
  });
  // A program that does not read its input closes it.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  child.stdout.destroy();
  const closed = once(child, "close");
  const stderr = (await buffer(child.stderr)).toString();
  await closed;
  return { code: child.exitCode, stderr };
}

/** Runs one whose standard output is on a full disk. Only on Linux, which has /dev/full. */
export function runOnFullDisk(entry: string, args: readonly string[], input = ""): EndedProgram {
  const full = openSync("/dev/full", "w");
  try {
    const { status, stderr } = spawnSync(process.execPath, [entry, ...args], {
      stdio: ["pipe", full, "pipe"],
      input,
      env,
      timeout,
    });
    return { code: status, stderr: stderr.toString() };
  } finally {
    closeSync(full);
  }
}
