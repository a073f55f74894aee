import process from "node:process";
import type { Logger } from "./log.ts";

/** What a signal can ask of a running program. */
export interface Reloadable {
  reload(): Promise<void>;
}

/** SIGHUP reloads; resolves at the first SIGTERM or SIGINT. A second one ends the process at once. */
export function untilStopped(control: Reloadable, log: Logger): Promise<NodeJS.Signals> {
  process.on("SIGHUP", () => {
    control.reload().then(
      () => log.info("config reloaded"),
      (error: unknown) => log.error({ fault: error }, "config not reloaded, the old one stays"),
    );
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
