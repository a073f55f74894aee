import cluster from "node:cluster";
import { availableParallelism } from "node:os";
import type { PolicyEvent } from "@mailseal/policy";
import type { Config } from "@mailseal/policy/config";
import { createLog, type Logger, readConfigFile, untilStopped } from "@mailseal/program";
import { pino } from "pino";
import { AdminServer } from "../admin/admin-server.ts";
import type { Control } from "../admin/routes.ts";
import { openPolicy } from "../policy-source.ts";
import { RelayControl } from "../processes/control-of-relay.ts";
import { Supervisor } from "../processes/supervisor.ts";
import { runWorker } from "../processes/worker.ts";
import { Relay } from "../relay.ts";
import type { OpenPolicy } from "../service.ts";
import { smtpListeners } from "../unsupported.ts";

/** For messages in flight at a stop; systemd's own patience is 90 s. */
const stopDeadlineMs = 30_000;

/** `mailseal-relay --config FILE`: serves until a signal ends it. */
export async function run(file: string): Promise<void> {
  const config = await readConfigFile(file);
  smtpListeners(config);
  const log = createLog(config.log, pino.destination({ dest: 1, sync: false, minLength: 4096 }));
  const flushing = setInterval(() => log.flush(), 200);
  const open: OpenPolicy = () => openPolicy(file, (event) => logEvent(log, event));
  try {
    if (cluster.isWorker) {
      await runWorker(open, log, stopDeadlineMs);
    } else {
      const { control, stop } = await started(config, file, open, log);
      await serveUntilStopped(config, control, log).finally(stop);
    }
  } finally {
    clearInterval(flushing);
    log.flush();
  }
  cluster.worker?.disconnect();
}

/** `mailseal-relay --config FILE --check`: opens everything but the listeners. */
export async function check(file: string): Promise<void> {
  const policy = await openPolicy(file, () => undefined);
  smtpListeners(policy.config);
  policy.close();
}

interface Started {
  readonly control: Control;
  readonly stop: () => Promise<void>;
}

async function started(
  config: Config,
  file: string,
  open: OpenPolicy,
  log: Logger,
): Promise<Started> {
  const workers = config.workers === "auto" ? availableParallelism() : config.workers;
  if (workers === 1) {
    const policy = await open();
    const relay = await Relay.start(policy, { log });
    const control = new RelayControl(relay, policy.config, open);
    return { control, stop: () => control.stop(stopDeadlineMs) };
  }
  const readConfig = async (): Promise<Config> => {
    await check(file);
    return readConfigFile(file);
  };
  const supervisor = await Supervisor.start(config, { workers, log, readConfig, stopDeadlineMs });
  return { control: supervisor, stop: () => supervisor.stop() };
}

async function serveUntilStopped(config: Config, control: Control, log: Logger): Promise<void> {
  const admin = await AdminServer.start(config.admin, control);
  log.info({ listeners: config.listeners.map(({ listen }) => listen) }, "serving");
  const signal = await untilStopped(control, log);
  log.info({ signal }, "stopping");
  await admin.stop();
}

/** What the message's own line does not tell. */
function logEvent(log: Logger, event: PolicyEvent): void {
  switch (event.type) {
    case "signature-failed":
    case "hook-failed":
    case "fault":
    case "key-permissions": {
      const { type, ...rest } = event;
      log.warn(rest, type);
      return;
    }
    default:
  }
}
