import cluster from "node:cluster";
import { availableParallelism } from "node:os";
import process from "node:process";
import type { Config } from "@mailseal/config";
import type { PolicyListener } from "@mailseal/policy";
import { countLocally, statisticsRoutes, Totals } from "@mailseal/service";
import {
  type Counting,
  createLog,
  keepYoungGenerationSmall,
  endLog,
  logDestination,
  type Logger,
  logPolicyEvent,
  type Policy,
  policyOf,
  readConfigFile,
  removeStaleSockets,
  tellLastResort,
  untilStopped,
} from "@mailseal/service";
import { AdminServer } from "../admin/admin-server.ts";
import { type AdminRoute, adminRoutes } from "../admin/routes.ts";
import type { OpenPolicy } from "../generation.ts";
import { runChildProcess } from "../processes/child-process.ts";
import { RelayControl } from "../processes/control-of-relay.ts";
import { LoggedControl, type Reloadable } from "../processes/logged-control.ts";
import { Supervisor } from "../processes/supervisor.ts";
import { Relay } from "../relay.ts";
import { countForSupervisor, takeReports, workerEnvironment } from "../statistics/process-link.ts";
import { WebServer } from "../web/web-server.ts";

/** For messages in flight at a stop; systemd's own patience is 90 s. */
const stopDeadlineMs = 30_000;

/** `mailseal-relay --config FILE`: serves until a signal ends it. */
export async function run(file: string): Promise<void> {
  keepYoungGenerationSmall();
  const config = await readConfigFile(file, process.env);
  // Nobody else has the files and sockets that are made until their own mode says so.
  process.umask(0o077);
  const output = logDestination();
  const log = createLog(config.log, output);
  const flushing = setInterval(() => log.flush(), 200);
  const openWith = (counting?: Counting): OpenPolicy => {
    return () => openPolicy(file, (event) => logPolicyEvent(log, event), counting);
  };
  try {
    if (cluster.isWorker) {
      const counting = countForSupervisor(config);
      await runChildProcess(openWith(counting), log, stopDeadlineMs, counting);
    } else {
      const totals = await Totals.open(config.statistics, log);
      const { control, stop } = await started(config, file, openWith, log, totals);
      await serveUntilStopped(config, control, log, totals).finally(stop);
      await totals.close();
    }
  } finally {
    clearInterval(flushing);
    await endLog(output);
  }
  cluster.worker?.disconnect();
}

/** `mailseal-relay --config FILE --check`: opens everything but the listeners. */
export async function check(file: string): Promise<void> {
  const policy = await openPolicy(file, () => undefined);
  policy.close();
}

/** Reads the config file and opens what it names. Throws a `RelayError` "config" that tells every problem. */
async function openPolicy(
  file: string,
  onEvent: PolicyListener,
  counting?: Counting,
): Promise<Policy> {
  return policyOf(await readConfigFile(file, process.env), onEvent, counting);
}

interface Started {
  readonly control: Reloadable;
  readonly stop: () => Promise<void>;
}

async function started(
  config: Config,
  file: string,
  openWith: (counting: Counting) => OpenPolicy,
  log: Logger,
  totals: Totals,
): Promise<Started> {
  const processes = config.processes === "auto" ? availableParallelism() : config.processes;
  if (processes === 1) {
    const counting = countLocally(config, totals);
    const open = openWith(counting);
    const policy = await open();
    const relay = await Relay.start(policy, { log, traffic: counting.traffic });
    tellLastResort(log, () => ({ ...relay.load }));
    const control = new RelayControl(relay, policy.config, open);
    return { control, stop: () => control.stop(stopDeadlineMs).finally(() => counting.close()) };
  }
  const readConfig = async (): Promise<Config> => {
    await check(file);
    return readConfigFile(file, process.env);
  };
  await removeStaleSockets(config);
  takeReports(totals);
  const environment = (): Readonly<Record<string, string>> => workerEnvironment(totals);
  const options = { processes, log, readConfig, stopDeadlineMs, environment };
  const supervisor = await Supervisor.start(config, options);
  return { control: supervisor, stop: () => supervisor.stop() };
}

async function serveUntilStopped(
  config: Config,
  relay: Reloadable,
  log: Logger,
  totals: Totals,
): Promise<void> {
  const control = new LoggedControl(relay, log);
  const counting = statisticsRoutes(totals).map(({ method, path, answer }): AdminRoute => ({
    method,
    path,
    answer: (_control, query) => answer(query),
  }));
  const routes = [...adminRoutes, ...counting];
  const admin = await AdminServer.start(config.admin, control, routes);
  const web = await WebServer.startIfWanted(config.admin, control, totals);
  if (web !== undefined) {
    log.info({ address: web.url }, "page and metrics");
  }
  const stopped = untilStopped(control);
  log.info({ listeners: config.listeners.map(({ listen }) => listen) }, "serving");
  const signal = await stopped;
  log.info({ signal }, "stopping");
  await admin.stop();
  await web?.stop();
}
