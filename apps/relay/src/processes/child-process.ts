import process from "node:process";
import type { ProcessStatistics } from "@mailseal/service";
import { type Logger, tellLastResort } from "@mailseal/service";
import type { OpenPolicy } from "../generation.ts";
import { Relay } from "../relay.ts";
import { RelayControl } from "./control-of-relay.ts";
import type { Reloadable } from "./logged-control.ts";

/** What the primary asks of a worker. */
export type ToChildProcess = { readonly type: "reload" } | { readonly type: "stop" };
/** What a worker tells the primary. */
export type FromChildProcess =
  | { readonly type: "ready" }
  | { readonly type: "reloaded"; readonly failure?: string };

/** Runs a relay that a primary process supervises; resolves when it was told to stop, and has. */
export async function runChildProcess(
  open: OpenPolicy,
  log: Logger,
  stopDeadlineMs: number,
  counting: ProcessStatistics,
): Promise<void> {
  // The terminal sends its signals to every process; the primary decides.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  process.on("SIGHUP", () => undefined);
  const policy = await open();
  const relay = await Relay.start(policy, { log, traffic: counting.traffic });
  tellLastResort(log, () => ({ ...relay.load }));
  const control = new RelayControl(relay, policy.config, open);
  const stopped = new Promise<void>((resolve) => {
    process.on("disconnect", resolve);
    process.on("message", (message: ToChildProcess) => {
      if (message.type === "stop") {
        resolve();
      } else if (message.type === "reload") {
        void reload(control);
      }
    });
  });
  tell({ type: "ready" });
  await stopped;
  await control.stop(stopDeadlineMs);
  await counting.close();
}

async function reload(control: Reloadable): Promise<void> {
  try {
    await control.reload();
    tell({ type: "reloaded" });
  } catch (error) {
    tell({ type: "reloaded", failure: error instanceof Error ? error.message : String(error) });
  }
}

function tell(message: FromChildProcess): void {
  process.send?.(message);
}
