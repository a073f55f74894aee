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
  // While something is being written, a flush ends with that: the second one is for what came meanwhile.
  for (let flushes = 0; flushes < 2; flushes += 1) {
    await new Promise<void>((resolve) => {
      destination.flush(() => resolve());
    });
  }
  destination.destroy();
}
