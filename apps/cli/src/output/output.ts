import { stderr, stdout } from "node:process";
import { styleText } from "node:util";
import { type GuardedOutput, guardStandardOutput } from "@mailseal/service/standard-output";
import { printable } from "@mailseal/syntax";
import { CommandFailure, exitCode } from "../exit-code.ts";

let output: GuardedOutput | undefined;

/** Makes a failing output end the process in one line instead of a stack trace. Call it before the first write. */
export function guardOutput(): GuardedOutput {
  output = guardStandardOutput();
  return output;
}

/**
 * Writes text or bytes to standard output, and waits while the reader is slow. Resolves to false if the reader has
 * closed the pipe (`| head`); the command then ends as if everything had been read. Throws a `CommandFailure` if the
 * output cannot be written.
 */
export async function print(chunk: string | Uint8Array): Promise<boolean> {
  if (chunk.length > 0 && output?.ended === undefined) {
    await new Promise<void>((resolve) => {
      stdout.write(chunk, () => resolve());
    });
  }
  return outputGoesOn();
}

function outputGoesOn(): boolean {
  const ended = output?.ended;
  if (ended?.kind === "failed") {
    throw new CommandFailure(exitCode.unreadable, ended.message);
  }
  return ended === undefined;
}

/** Writes one line to standard error. Whatever it quotes can neither move the cursor nor add lines. */
export function warn(message: string): void {
  const name = styleText("bold", "mailseal:", { stream: stderr });
  stderr.write(`${name} ${printable(message)}\n`);
}
