import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export const program: string = fileURLToPath(new URL("run-main.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

/** Runs the program from its source, as a shell would, without a terminal. */
export function mailseal(
  args: readonly string[],
  input: string | Uint8Array = "",
  environment: Readonly<Record<string, string>> = {},
): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    input,
    maxBuffer: 1 << 30,
    env: { PATH: process.env["PATH"], ...environment },
    timeout: 120_000,
  });
  return { code: status, stdout: stdout.toString(), stderr: stderr.toString(), bytes: stdout };
}

/** The same without waiting for it, so that a server of the test can answer it. */
export async function mailsealAsync(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] },
    timeout: 120_000,
  });
  const closed = once(child, "close");
  const [bytes, stderr] = await Promise.all([buffer(child.stdout), buffer(child.stderr)]);
  await closed;
  return { code: child.exitCode, stdout: bytes.toString(), stderr: stderr.toString(), bytes };
}
