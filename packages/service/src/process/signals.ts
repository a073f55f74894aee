import process from "node:process";

/** A running program as its signals see it. */
export interface SignalledProgram {
  /** Logs the outcome itself. */
  reload(): Promise<unknown>;
}

/** Reloads at SIGHUP, and resolves at the first SIGTERM or SIGINT. A second signal of either kind ends the process at once. */
export function untilStopped(control: SignalledProgram): Promise<NodeJS.Signals> {
  process.on("SIGHUP", () => {
    // The outcome is in the log.
    control.reload().catch(() => undefined);
  });
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(1);
        isStopping = true;
        resolve(signal);
      });
    }
  });
}
