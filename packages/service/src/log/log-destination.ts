import { pino } from "pino";
import { createLog, type LogOptions, type Logger } from "./log.ts";

/** The limit of log lines that wait for a slow or failing standard output; further lines are dropped. */
const heldLogBytes = 4 * 1024 * 1024;

/**
 * Standard output for a log. If its pipe is closed or its disk is full, log lines are lost, but mail flows on. Up to 4 MB
 * of lines that could not be written are written with the next ones.
 */
export function logDestination(): ReturnType<typeof pino.destination> {
  const destination = pino.destination({
    dest: 1,
    sync: false,
    minLength: 4096,
    maxLength: heldLogBytes,
  });
  // pino's own listener throws every error but a closed pipe.
  destination.removeAllListeners("error");
  destination.on("error", () => undefined);
  return destination;
}

/**
 * Writes the remaining lines and closes the log. Otherwise, if the disk is full, pino keeps trying to write them at exit
 * and the process never ends.
 */
export async function endLog(destination: ReturnType<typeof pino.destination>): Promise<void> {
  // A flush ends with the lines that are being written: the second one is for lines that came meanwhile.
  for (let flushes = 0; flushes < 2; flushes += 1) {
    await new Promise<void>((resolve) => {
      destination.flush(() => resolve());
    });
  }
  destination.destroy();
}

const flushIntervalMs = 200;

/**
 * Runs a program with a log on standard output. Every line is written, if it can be, before this settles. `deprecations`
 * are the problems of the config file that the next release refuses.
 */
export async function withLog(
  options: LogOptions,
  program: (log: Logger) => Promise<void>,
  deprecations: readonly string[] = [],
): Promise<void> {
  const output = logDestination();
  const log = createLog(options, output);
  for (const warning of deprecations) {
    log.warn({ warning }, "the config file uses a former name of an option");
  }
  const flushing = setInterval(() => log.flush(), flushIntervalMs);
  try {
    await program(log);
  } finally {
    clearInterval(flushing);
    await endLog(output);
  }
}
