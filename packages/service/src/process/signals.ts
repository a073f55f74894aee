import process from "node:process";

/** What a signal can ask of a running program. */
export interface SignalledProgram {
  /** Tells the log how it went. */
  reload(): Promise<unknown>;
}

/** SIGHUP reloads; resolves at the first SIGTERM or SIGINT. A second one ends the process at once. */
export function untilStopped(control: SignalledProgram): Promise<NodeJS.Signals> {
  process.on("SIGHUP", () => {
    // The control tells the log how it went.
    control.reload().catch(() => undefined);
  });
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        process.on(signal, () => process.exit(1));
        resolve(signal);
      });
    }
  });
}
