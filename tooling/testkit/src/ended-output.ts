import { spawn } from "node:child_process";
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
export function runWithoutReader(
  entry: string,
  args: readonly string[],
  input = "",
): Promise<EndedProgram> {
  return run(entry, args, input, ["pipe", "pipe"]);
}

/** Runs one whose standard output is on a full disk. Only on Linux, which has /dev/full. */
export function runOnFullDisk(
  entry: string,
  args: readonly string[],
  input = "",
): Promise<EndedProgram> {
  return withFullDisk((full) => run(entry, args, input, [full, "pipe"]));
}

/** Runs one whose standard error nobody reads; resolves to its exit code. */
export async function runWithoutErrorReader(
  entry: string,
  args: readonly string[],
): Promise<number | null> {
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env,
    timeout,
  });
  child.stderr.destroy();
  child.stdout.resume();
  await once(child, "close");
  return child.exitCode;
}

/** Runs one whose standard error is on a full disk; resolves to its exit code. Only on Linux. */
export async function runWithFullErrorDisk(
  entry: string,
  args: readonly string[],
): Promise<number | null> {
  return (await withFullDisk((full) => run(entry, args, "", ["pipe", full]))).code;
}

async function withFullDisk<Result>(use: (full: number) => Promise<Result>): Promise<Result> {
  const full = openSync("/dev/full", "w");
  try {
    return await use(full);
  } finally {
    closeSync(full);
  }
}

/** A pipe for standard output is closed at once; that of standard error is read. */
async function run(
  entry: string,
  args: readonly string[],
  input: string,
  [stdout, stderr]: readonly ["pipe" | number, "pipe" | number],
): Promise<EndedProgram> {
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ["pipe", stdout, stderr],
    env,
    timeout,
  });
  // A program that does not read its input closes it.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  child.stdout?.destroy();
  const closed = once(child, "close");
  const text = child.stderr === null ? "" : (await buffer(child.stderr)).toString();
  await closed;
  return { code: child.exitCode, stderr: text };
}
