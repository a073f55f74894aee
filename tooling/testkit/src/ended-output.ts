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

/** Runs a program of Node's whose standard output nobody reads. */
export async function runWithoutReader(
  entry: string,
  args: readonly string[],
): Promise<EndedProgram> {
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env,
    timeout,
  });
  child.stdout.destroy();
  const closed = once(child, "close");
  const stderr = (await buffer(child.stderr)).toString();
  await closed;
  return { code: child.exitCode, stderr };
}

/** Runs one whose standard output is on a full disk. Only on Linux, which has /dev/full. */
export function runOnFullDisk(entry: string, args: readonly string[]): EndedProgram {
  const full = openSync("/dev/full", "w");
  try {
    const { status, stderr } = spawnSync(process.execPath, [entry, ...args], {
      stdio: ["ignore", full, "pipe"],
      env,
      timeout,
    });
    return { code: status, stderr: stderr.toString() };
  } finally {
    closeSync(full);
  }
}
