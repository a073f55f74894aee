import cluster from "node:cluster";
import { availableParallelism } from "node:os";
import process from "node:process";
import { type Config, masked } from "@mailseal/config";
import type { PolicyListener } from "@mailseal/policy";
import {
  checkConfig,
  checkHealth,
  type ConfigFile,
  type ConfigFileOptions,
  ConfigReloader,
  type Control,
  type Counting,
  countLocally,
  type Endpoint,
  keepEarlyReload,
  HttpServer,
  type HttpServerConfig,
  type Logger,
  logPolicyEvent,
  type Policy,
  policyOf,
  programEndpoints,
  queueBackends,
  readConfigFile,
  removeStaleSockets,
  ServiceError,
  statisticsEndpoints,
  logUncaughtErrors,
  Totals,
  untilStopped,
  withLog,
} from "@mailseal/service";
import type { OpenPolicy } from "../generation.ts";
import { configTextOfParent, runChildProcess } from "../processes/child-process.ts";
import { Supervisor } from "../processes/supervisor.ts";
import { usesQueue } from "../queue/mail-queue.ts";
import { Relay } from "../relay.ts";
import { childEnvironment, countForSupervisor, takeReports } from "../statistics/process-link.ts";
import { WebServer } from "../web/web-server.ts";

/** The time that messages in flight have to end when the relay stops; systemd waits 90 s. */
const stopDeadlineMs = 30_000;

/** `mailseal-relay --config FILE`: serves until a signal ends it. */
export async function run(file: string): Promise<void> {
  const takeEarlyReload = keepEarlyReload();
  const deprecations: string[] = [];
  const { config, text: configText } = await readRelayConfig(file, {
    text: cluster.isWorker ? await configTextOfParent() : undefined,
    onDeprecation: (line) => deprecations.push(line),
  });
  // Files and sockets belong to this user alone until their own mode opens them.
  process.umask(0o077);
  await withLog(
    config.log,
    async (log) => {
      const onEvent: PolicyListener = (event) => logPolicyEvent(log, event);
      const openWith = (counting: Counting): OpenPolicy => {
        return async (text) => {
          const read = await readRelayConfig(file, { text });
          return policyOf(read.config, onEvent, counting);
        };
      };
      if (cluster.isWorker) {
        const counting = countForSupervisor(config);
        await runChildProcess(openWith(counting), { configText, log, stopDeadlineMs, counting });
      } else {
        const totals = await Totals.open(config.statistics, log);
        const source = { file, config, configText };
        const { control, stop } = await started(source, openWith, log, totals);
        const parts = { control, log, totals, takeEarlyReload };
        await serveUntilStopped(config, parts).finally(stop);
        await totals.close();
      }
    },
    cluster.isWorker ? [] : deprecations,
  );
  cluster.worker?.disconnect();
}

/**
 * Reads the config file, which must have a listener: a file that an editor has emptied in order to write it must not
 * end all service at a reload.
 */
async function readRelayConfig(file: string, options?: ConfigFileOptions): Promise<ConfigFile> {
  const read = await readConfigFile(file, process.env, options);
  if (read.config.listeners.length === 0) {
    throw new ServiceError(
      "config",
      `${file}: listeners: expected at least one listener, got none; add one, or complete the file`,
    );
  }
  return read;
}

/** `mailseal-relay --config FILE --check`: opens everything but the listeners. */
export async function check(file: string): Promise<Config> {
  const { config } = await readRelayConfig(file);
  await checkUse(config);
  return config;
}

/** `mailseal-relay --config FILE --health`: asks the running relay. */
export async function health(file: string): Promise<void> {
  await checkHealth(adminServer((await readRelayConfig(file)).config));
}

function checkUse(config: Config): Promise<void> {
  return checkConfig(config, usesQueue(config) ? "accept" : undefined);
}

/** The config that the program starts with. */
interface ConfigAtStart {
  readonly file: string;
  readonly config: Config;
  readonly configText: string;
}

interface Started {
  readonly control: Control;
  readonly stop: () => Promise<void>;
}

async function started(
  { file, config, configText }: ConfigAtStart,
  openWith: (counting: Counting) => OpenPolicy,
  log: Logger,
  totals: Totals,
): Promise<Started> {
  const processes = config.processes === "auto" ? availableParallelism() : config.processes;
  const report = { log, program: "mailseal-relay", readAtStart };
  if (processes === 1) {
    const counting = countLocally(config, totals);
    const load = openWith(counting);
    const policy = await load(configText);
    const relay = await Relay.start(policy, { log, traffic: counting.traffic });
    logUncaughtErrors(log, () => ({ ...relay.load }));
    const use = (loaded: Policy): Promise<void> => relay.reload(loaded);
    const control = new ConfigReloader({
      atStart: policy.config,
      load: () => load(),
      use,
      report,
    });
    const stop = async (): Promise<void> => {
      await control.stop();
      await relay.stop(stopDeadlineMs).finally(() => counting.close());
    };
    return { control, stop };
  }
  // A config that no process could use is reported once, here.
  await checkUse(config);
  await removeStaleSockets(config);
  takeReports(totals);
  const environment = (): Readonly<Record<string, string>> => childEnvironment(totals);
  const supervisor = await Supervisor.start({
    processes,
    configText,
    log,
    stopDeadlineMs,
    environment,
  });
  logUncaughtErrors(log, () => ({ processes: supervisor.processIds }));
  const control = new ConfigReloader({
    atStart: config,
    // Every process loads and checks this text itself, before any of them uses it.
    load: async () => ({
      ...(await readRelayConfig(file)),
      close: () => undefined,
    }),
    use: ({ text }) => supervisor.reload(text),
    isReady: () => supervisor.isReady,
    report,
  });
  const stop = async (): Promise<void> => {
    // A reload under way ends with the processes.
    void control.stop();
    await supervisor.stop();
  };
  return { control, stop };
}

/** The options that the admin server follows. */
export function adminServer({ admin: { listen, tokenFile } }: Config): HttpServerConfig {
  return {
    listen,
    tokenFile,
    optionNames: { listen: "admin.listen", tokenFile: "admin.tokenFile" },
  };
}

/** The endpoints of the admin server, but for the statistics. */
export function adminEndpoints(control: Control): readonly Endpoint[] {
  const config = (): unknown => masked(control.config);
  return [
    ...programEndpoints(control),
    { method: "GET", path: "/config", answer: () => ({ status: 200, body: config() }) },
  ];
}

function readAtStart(config: Config): Readonly<Record<string, unknown>> {
  const { processes, admin, log, statistics, queue } = config;
  const opened = usesQueue(config) ? queueBackends(queue) : {};
  return { processes, admin, log, statistics, ...opened };
}

interface Parts {
  readonly control: Control;
  readonly log: Logger;
  readonly totals: Totals;
  readonly takeEarlyReload: () => boolean;
}

async function serveUntilStopped(
  config: Config,
  { control, log, totals, takeEarlyReload }: Parts,
): Promise<void> {
  // Before the sockets of the operator exist: whoever sees one may send a signal.
  const stopped = untilStopped(control, takeEarlyReload);
  const endpoints = [...adminEndpoints(control), ...statisticsEndpoints(totals)];
  const admin = await HttpServer.start(adminServer(config), endpoints);
  const web = await WebServer.startIfWanted(config.admin, control, totals);
  if (web !== undefined) {
    log.info({ address: web.url }, "page and metrics");
  }
  log.info({ listeners: config.listeners.map(({ listen }) => listen) }, "serving");
  const signal = await stopped;
  log.info({ signal }, "stopping");
  await admin.stop();
  await web?.stop();
}
