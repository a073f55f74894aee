import process from "node:process";
import {
  ConfigReloader,
  type Logger,
  type ProcessStatistics,
  logUncaughtErrors,
} from "@mailseal/service";
import type { OpenPolicy } from "../generation.ts";
import { Relay } from "../relay.ts";

/** A request of the parent process. */
export type ToChildProcess = { readonly type: "reload" } | { readonly type: "stop" };
/** A report of a child process. */
export type FromChildProcess =
  | { readonly type: "ready" }
  | { readonly type: "reloaded"; readonly failure?: string };

/** Runs a relay that a parent process supervises; resolves when it was asked to stop, and has. */
export async function runChildProcess(
  open: OpenPolicy,
  log: Logger,
  stopDeadlineMs: number,
  counting: ProcessStatistics,
): Promise<void> {
  // The terminal sends its signals to every process; the parent decides.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  process.on("SIGHUP", () => undefined);
  const policy = await open();
  const relay = await Relay.start(policy, { log, traffic: counting.traffic });
  logUncaughtErrors(log, () => ({ ...relay.load }));
  const reloader = new ConfigReloader({
    atStart: policy.config,
    load: open,
    use: (loaded) => relay.reload(loaded),
  });
  const stopped = new Promise<void>((resolve) => {
    process.on("disconnect", resolve);
    process.on("message", (message: ToChildProcess) => {
      if (message.type === "stop") {
        resolve();
      } else if (message.type === "reload") {
        void reload(reloader);
      }
    });
  });
  report({ type: "ready" });
  await stopped;
  await reloader.stop();
  await relay.stop(stopDeadlineMs);
  await counting.close();
}

async function reload(reloader: Pick<ConfigReloader<never>, "reload">): Promise<void> {
  try {
    await reloader.reload();
    report({ type: "reloaded" });
  } catch (error) {
    report({ type: "reloaded", failure: error instanceof Error ? error.message : String(error) });
  }
}

function report(message: FromChildProcess): void {
  process.send?.(message);
}
