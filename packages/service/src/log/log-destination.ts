import { pino } from "pino";
import { createLog, type LogOptions, type Logger } from "./log.ts";

/** The limit of log lines that wait for a slow or failing standard output; further lines are dropped. */
const heldLogBytes = 4 * 1024 * 1024;

/**
 * Standard output for a log. A closed pipe or a full disk costs log lines and nothing else: mail goes on. Lines that
 * could not be written are written with the next ones, up to 4 MB of them.
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
 * Writes the lines that are left and gives up the log. Without this, pino tries at exit to write the lines that a full
 * disk did not take, and the process never ends.
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
