import process from "node:process";
import type { Logger } from "pino";

/**
 * Tells the log of what nobody caught, with where it came from and what was in hand. After a promise that rejects
 * the program goes on: whoever waits for that message has a time limit, and mail that was not settled comes again.
 * An exception leaves a state that nobody knows: it ends the process, as Node does, but not unheard.
 * Returns what undoes it.
 */
export function tellLastResort(log: Logger, inHand: () => Record<string, unknown>): () => void {
  const entry = (error: unknown): Record<string, unknown> => ({
    fault: error instanceof Error ? error : String(error),
    stack: error instanceof Error ? error.stack?.split("\n").slice(1, 8).join("") : undefined,
    ...inHand(),
  });
  const onRejection = (reason: unknown): void => {
    log.error(entry(reason), "unexpected error, please report it: a promise was left alone");
  };
  const onException = (error: Error, origin: string): void => {
    // "unhandledRejection" has been told.
    if (origin !== "uncaughtException") return;
    log.error(entry(error), "unexpected error, please report it: the process ends");
    log.flush();
  };
  process.on("unhandledRejection", onRejection);
  process.on("uncaughtExceptionMonitor", onException);
  return () => {
    process.off("unhandledRejection", onRejection);
    process.off("uncaughtExceptionMonitor", onException);
  };
}
