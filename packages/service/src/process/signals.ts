import process from "node:process";

/** A running program as its signals see it. */
export interface SignalledProgram {
  /** Logs the outcome itself. */
  reload(): Promise<unknown>;
}

/**
 * Call it before the program starts. A SIGHUP would end the program until `untilStopped` handles it. The result of this
 * function is for `untilStopped`, which reloads if a SIGHUP has arrived in the meantime.
 */
export function keepEarlyReload(): () => boolean {
  let hasArrived = false;
  const onSignal = (): void => {
    hasArrived = true;
  };
  process.on("SIGHUP", onSignal);
  return () => {
    process.off("SIGHUP", onSignal);
    return hasArrived;
  };
}

/** Reloads at SIGHUP, and resolves at the first SIGTERM or SIGINT. A second signal of either kind ends the process at once. */
export function untilStopped(
  control: SignalledProgram,
  takeEarlyReload: () => boolean = () => false,
): Promise<NodeJS.Signals> {
  const reload = (): void => {
    // The outcome is in the log.
    control.reload().catch(() => undefined);
  };
  process.on("SIGHUP", reload);
  if (takeEarlyReload()) reload();
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
