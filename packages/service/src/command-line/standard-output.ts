import { stderr, stdout } from "node:process";
import { diskFailure } from "./disk-failure.ts";

/** The reason that standard output takes no more: its reader closed the pipe (`| head`), or it cannot be written. */
export type OutputEnd =
  | { readonly kind: "reader-gone" }
  /** `message` is one line for the user. */
  | { readonly kind: "failed"; readonly message: string };

export interface GuardedOutput {
  /** Undefined as long as it can be written. */
  readonly ended: OutputEnd | undefined;
  /** Waits until everything that any code gave to standard output is written, and resolves to `ended`. */
  flush(): Promise<OutputEnd | undefined>;
}

/**
 * Keeps a failing standard output or standard error from ending the process with a stack trace. Call it before the
 * first write.
 */
export function guardStandardOutput(): GuardedOutput {
  let ended: OutputEnd | undefined;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    ended ??= error.code === "EPIPE" ? { kind: "reader-gone" } : failed(error);
  });
  // There is nowhere left to report it.
  stderr.on("error", () => undefined);
  return {
    get ended() {
      return ended;
    },
    async flush() {
      if (ended === undefined && stdout.writableLength > 0) {
        await new Promise<void>((resolve) => {
          stdout.once("error", () => resolve());
          stdout.write("", () => resolve());
        });
      }
      // The error event follows the callback of the write that failed.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      return ended;
    },
  };
}

function failed(error: NodeJS.ErrnoException): OutputEnd {
  const reason = diskFailure(error) ?? error.message;
  return {
    kind: "failed",
    message: `cannot write standard output: ${reason}; the output so far is incomplete`,
  };
}
