import process from "node:process";
import type { Logger } from "pino";

/**
 * Logs errors that no code caught, with their origin and the messages in progress. After an unhandled rejection the
 * program goes on: every wait for a message has a time limit, and mail that was not settled is retried. An
 * uncaught exception leaves the program in an unknown state and ends it, as Node does, after the log line. Returns a
 * function that removes both handlers.
 */
export function logUncaughtErrors(
  log: Logger,
  inProgress: () => Record<string, unknown>,
): () => void {
  const entry = (error: unknown): Record<string, unknown> => ({
    fault: error instanceof Error ? error : String(error),
    stack: error instanceof Error ? error.stack?.split("\n").slice(1, 8).join("") : undefined,
    ...inProgress(),
  });
  const onRejection = (reason: unknown): void => {
    log.error(entry(reason), "unexpected error, please report it: unhandled rejection");
  };
  const onException = (error: Error, origin: string): void => {
    // An unhandled rejection is logged above.
    if (origin !== "uncaughtException") return;
    log.error(
      entry(error),
      "unexpected error, please report it: uncaught exception, the process ends",
    );
    log.flush();
  };
  process.on("unhandledRejection", onRejection);
  process.on("uncaughtExceptionMonitor", onException);
  return () => {
    process.off("unhandledRejection", onRejection);
    process.off("uncaughtExceptionMonitor", onException);
  };
}
