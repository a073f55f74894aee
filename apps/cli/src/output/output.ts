import { stdout } from "node:process";
import { type GuardedOutput, guardStandardOutput } from "@mailseal/service/standard-output";
import { CommandFailure, exitCode } from "../exit-code.ts";

let output: GuardedOutput | undefined;

/** Keeps a failing output from ending the process with a stack trace. Call it before the first write. */
export function guardOutput(): void {
  output = guardStandardOutput();
}

/**
 * Writes all of `text` or bytes, waiting while the reader is slow. Resolves to false once the reader has
 * gone away (`| head`): nobody wants more, and the command ends as if all had been read. Throws a
 * `CommandFailure` if the output cannot be written.
 */
export async function print(chunk: string | Uint8Array): Promise<boolean> {
  if (chunk.length > 0 && output?.ended === undefined) {
    await new Promise<void>((resolve) => {
      stdout.write(chunk, () => resolve());
    });
  }
  return outputGoesOn();
}

/** Waits until everything is written that was given to standard output, by whomever. As `print` otherwise. */
export async function flushOutput(): Promise<boolean> {
  await output?.flush();
  return outputGoesOn();
}

function outputGoesOn(): boolean {
  const ended = output?.ended;
  if (ended?.kind === "failed") {
    throw new CommandFailure(exitCode.unreadable, ended.message);
  }
  return ended === undefined;
}
