import { stderr, stdout } from "node:process";
import { CommandFailure, exitCode } from "./exit-code.ts";

/** What ended standard output: its reader went away, or it cannot be written. */
let ended: "reader-gone" | CommandFailure | undefined;

/**
 * Keeps a failing standard output or standard error from ending the process with a stack trace. Call it
 * before the first write.
 */
export function guardOutput(): void {
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    ended ??= error.code === "EPIPE" ? "reader-gone" : cannotWrite(error);
  });
  // There is nowhere left to say so.
  stderr.on("error", () => undefined);
}

/**
 * Writes all of `text` or bytes, waiting while the reader is slow. Resolves to false once the reader has
 * gone away (`| head`): nobody wants more, and the command ends as if all had been read. Throws a
 * `CommandFailure` if the output cannot be written.
 */
export async function print(chunk: string | Uint8Array): Promise<boolean> {
  if (chunk.length > 0 && ended === undefined) {
    await new Promise<void>((resolve) => {
      stdout.write(chunk, () => resolve());
    });
  }
  return outputGoesOn();
}

/** Waits until everything is written that was given to standard output, by whomever. As `print` otherwise. */
export async function flushOutput(): Promise<boolean> {
  if (ended === undefined && stdout.writableLength > 0) {
    await new Promise<void>((resolve) => {
      stdout.once("error", () => resolve());
      stdout.write("", () => resolve());
    });
  }
  // An error is announced after the callback of the write that met it.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  return outputGoesOn();
}

function outputGoesOn(): boolean {
  if (ended instanceof CommandFailure) {
    throw ended;
  }
  return ended === undefined;
}

const meanings: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", "no space left on device"],
  ["EDQUOT", "the disk quota is used up"],
  ["EFBIG", "the file is too large"],
  ["EIO", "the device failed"],
]);

function cannotWrite({ code = "", message }: NodeJS.ErrnoException): CommandFailure {
  const reason = meanings.get(code) ?? message;
  return new CommandFailure(
    exitCode.unreadable,
    `cannot write standard output: ${reason}; what was printed so far is incomplete`,
  );
}
