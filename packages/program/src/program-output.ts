import process from "node:process";
import { pino } from "pino";

/** Of log lines that wait for a slow or failing standard output; lines beyond are dropped. */
const heldLogBytes = 4 * 1024 * 1024;

/**
 * Standard output for a log. A reader that has gone away, or a full disk, costs log lines and nothing else: mail
 * goes on. What could not be written is tried again with the next lines, up to 4 MB of them.
 */
export function logDestination(): ReturnType<typeof pino.destination> {
  const destination = pino.destination({
    dest: 1,
    sync: false,
    minLength: 4096,
    maxLength: heldLogBytes,
  });
  // pino's own listener would throw what is not a closed pipe.
  destination.removeAllListeners("error");
  destination.on("error", () => undefined);
  return destination;
}

/**
 * Writes what is left and gives the log up. Without this, pino tries at every exit to write what a full disk did not
 * take, and the process never ends.
 */
export async function endLog(destination: ReturnType<typeof pino.destination>): Promise<void> {
  await new Promise<void>((resolve) => {
    destination.flush(() => resolve());
  });
  destination.destroy();
}

/** A failure of standard output, ready to be said in one line. */
export interface OutputFailure {
  readonly reason: string;
}

/**
 * Keeps a failing standard output or standard error from ending the process with a stack trace. Call it before the
 * first write. The function it returns waits for what was written and resolves to why standard output failed;
 * to undefined if all is written, and if the reader has gone away (`| head`), who wants no more.
 */
export function guardProgramOutput(): () => Promise<OutputFailure | undefined> {
  let failure: OutputFailure | undefined;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") {
      failure ??= {
        reason: error.code === "ENOSPC" ? "no space left on device" : error.message,
      };
    }
  });
  // There is nowhere left to say so.
  process.stderr.on("error", () => undefined);
  return async () => {
    if (process.stdout.writableLength > 0) {
      await new Promise<void>((resolve) => {
        process.stdout.once("error", () => resolve());
        process.stdout.write("", () => resolve());
      });
    }
    // An error is announced after the callback of the write that met it.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    return failure;
  };
}
