import process from "node:process";
import {
  ConfigReloader,
  type Logger,
  type ProcessStatistics,
  logUncaughtErrors,
  type Policy,
} from "@mailseal/service";
import type { OpenPolicy } from "../generation.ts";
import { Relay } from "../relay.ts";
import { sendToParent } from "./channel.ts";

/** A request of the parent process. The parent alone reads the config file, so that all processes use the same config. */
export type ToChildProcess =
  /** Start with this text of the config file; the answer is "ready". */
  | { readonly type: "start"; readonly configText: string }
  /** Load and check this text of the config file; the answer is "config-loaded". */
  | { readonly type: "load-config"; readonly configText: string }
  /** Put the loaded config in force; the answer is "config-used". */
  | { readonly type: "use-config" }
  /** Drop the loaded config, because another process refused it; there is no answer. */
  | { readonly type: "discard-config" }
  | { readonly type: "stop" };
/** A report of a child process. */
export type FromChildProcess =
  | { readonly type: "ready" }
  | { readonly type: "config-loaded" | "config-used"; readonly failure?: string };

/** Resolves to the text of the config file that the parent process starts this process with. */
export function configTextOfParent(): Promise<string> {
  return new Promise((resolve) => {
    const onMessage = (message: ToChildProcess): void => {
      if (message.type !== "start") return;
      process.off("message", onMessage);
      resolve(message.configText);
    };
    process.on("message", onMessage);
  });
}

type Decision = "use" | "discard";

export interface ChildProcessOptions {
  /** The text of the config file to start with. */
  readonly configText: string;
  readonly log: Logger;
  /** The time that messages in flight have to end when the process stops. */
  readonly stopDeadlineMs: number;
  readonly counting: ProcessStatistics;
}

/** Runs a relay that a parent process supervises. Resolves when the parent has stopped it. */
export async function runChildProcess(
  open: OpenPolicy,
  { configText, log, stopDeadlineMs, counting }: ChildProcessOptions,
): Promise<void> {
  // The terminal sends its signals to every process; the parent decides.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  process.on("SIGHUP", () => undefined);
  let newText = configText;
  let decide: ((decision: Decision) => void) | undefined;
  let reloader: ConfigReloader<Policy> | undefined;
  // Before anything else, because the parent may stop a process that is still starting.
  const stopped = new Promise<void>((resolve) => {
    process.on("disconnect", resolve);
    process.on("message", (message: ToChildProcess) => {
      if (message.type === "stop") {
        resolve();
      } else if (message.type === "load-config") {
        newText = message.configText;
        // Each step has reported its failure.
        void reloader?.reload().catch(() => undefined);
      } else if (message.type === "use-config") {
        decide?.("use");
      } else if (message.type === "discard-config") {
        decide?.("discard");
      }
    });
  });
  const policy = await open(configText);
  const relay = await Relay.start(policy, { log, traffic: counting.traffic });
  logUncaughtErrors(log, () => ({ ...relay.load }));
  reloader = new ConfigReloader({
    atStart: policy.config,
    load: async () => {
      const decision = new Promise<Decision>((resolve) => {
        decide = resolve;
      });
      const loaded = await reporting("config-loaded", open(newText));
      if ((await decision) === "use") return loaded;
      loaded.close();
      throw new Error("another process of the relay refused the config");
    },
    use: (loaded) => reporting("config-used", relay.reload(loaded)),
  });
  sendToParent<FromChildProcess>({ type: "ready" });
  await stopped;
  decide?.("discard");
  await reloader.stop();
  await relay.stop(stopDeadlineMs);
  await counting.close();
}

/** Reports to the parent whether a step of a reload succeeded. */
async function reporting<Result>(
  type: "config-loaded" | "config-used",
  step: Promise<Result>,
): Promise<Result> {
  try {
    const result = await step;
    sendToParent<FromChildProcess>({ type });
    return result;
  } catch (error) {
    sendToParent<FromChildProcess>({
      type,
      failure: error instanceof Error ? error.message : String(error),
    });
    throw error;
  }
}
