import type { Config } from "@mailseal/config";
import { nodeMailResolver } from "@mailseal/delivery";
import type { Queue } from "@mailseal/queue";
import {
  checkConfig,
  checkHealth,
  ConfigReloader,
  countLocally,
  keepEarlyReload,
  HttpServer,
  type Logger,
  logPolicyEvent,
  MemoryBudget,
  openConfiguredQueue,
  queueBackends,
  queueName,
  readConfigFile,
  type Policy,
  policyOf,
  type ProcessStatistics,
  logUncaughtErrors,
  Totals,
  type Traffic,
  untilStopped,
  withLog,
} from "@mailseal/service";
import { adminServer, startAdmin } from "./admin.ts";
import { DeadLetters } from "./dead-letters.ts";
import { jobEndpoints } from "./jobs/http-jobs.ts";
import { JobRunner } from "./jobs/job-runner.ts";
import { startNatsJobs } from "./jobs/nats-jobs.ts";
import { KeyRotation, signersOf } from "./key-rotation.ts";
import { Worker } from "./worker.ts";

/** How long deliveries in progress may take to end when the worker stops. systemd waits 90 s in all. */
const stopDeadlineMs = 30_000;
/** The same for jobs, which end first. A client that keeps its upload open must not delay the stop any longer. */
const jobsStopDeadlineMs = 5000;
const readingMs = 10_000;
const jobsOptionNames = { listen: "worker.jobs.listen", tokenFile: "worker.jobs.tokenFile" };
const jobsLimits = { maxConnections: 256, stopDeadlineMs: jobsStopDeadlineMs };

/** `mailseal-worker --config FILE`: delivers mail until a signal ends it. */
export async function run(file: string): Promise<void> {
  const takeEarlyReload = keepEarlyReload();
  const deprecations: string[] = [];
  const { config } = await readConfigFile(file, process.env, {
    onDeprecation: (line) => deprecations.push(line),
  });
  await withLog(
    config.log,
    async (log) => {
      const queue = await openConfiguredQueue(config.queue, "serve", (problem) =>
        log.error(problem),
      );
      try {
        const totals = await Totals.open(ownStatistics(config), log);
        const counting = countLocally(config, totals);
        try {
          await deliver(file, config, { queue, log, totals, counting, takeEarlyReload });
        } finally {
          await counting.close();
          await totals.close();
        }
      } finally {
        await queue.close();
      }
    },
    deprecations,
  );
}

/** `mailseal-worker --config FILE --check`: opens everything that the config names. */
export async function check(file: string): Promise<void> {
  const { config } = await readConfigFile(file, process.env);
  await checkConfig(config, "serve");
}

/** `mailseal-worker --config FILE --health`: asks the running worker. */
export async function health(file: string): Promise<void> {
  const { config } = await readConfigFile(file, process.env);
  await checkHealth(adminServer(config));
}

/** The options that are read only when the worker starts, with their values. */
function readAtStart(config: Config): Readonly<Record<string, unknown>> {
  const { queue, rotation, log, statistics, worker, limits, dns } = config;
  const { listen, subject } = worker.jobs;
  const hasJobs = listen !== undefined || subject !== undefined;
  return {
    ...queueBackends(queue),
    rotation,
    log,
    statistics,
    "worker.admin": worker.admin,
    "worker.jobs": worker.jobs,
    ...(hasJobs ? { "limits.memory": limits.memory } : {}),
    // The lookup of MX hosts reads them at the start; the lookup of public keys follows a reload.
    "dns.servers": dns.servers,
    "dns.timeout": dns.timeout,
  };
}

/** The worker's own statistics file, because a relay with the same config uses the one that the config names. */
function ownStatistics({ statistics }: Config): Config["statistics"] {
  const { file } = statistics;
  return file === undefined ? statistics : { ...statistics, file: `${file}.worker` };
}

interface Parts {
  readonly queue: Queue;
  readonly log: Logger;
  readonly totals: Totals;
  readonly counting: ProcessStatistics;
  readonly takeEarlyReload: () => boolean;
}

async function deliver(file: string, config: Config, parts: Parts): Promise<void> {
  const { queue, log, totals, counting, takeEarlyReload } = parts;
  const { statistics } = counting;
  const open = (opened: Config): Promise<Policy> =>
    policyOf(opened, (event) => logPolicyEvent(log, event), counting);
  let policy = await open(config);
  const resolver = nodeMailResolver({
    servers: config.dns.servers,
    timeoutMs: config.dns.timeout,
  });
  const worker = new Worker(policy, {
    queue,
    resolver,
    log,
    statistics,
    traffic: counting.traffic,
  });
  const control = new ConfigReloader({
    atStart: config,
    load: async () => open((await readConfigFile(file, process.env)).config),
    use: (loaded) => {
      policy = loaded;
      worker.use(loaded);
    },
    report: { log, program: "mailseal-worker", readAtStart },
  });
  const closing: (() => Promise<void>)[] = [() => worker.stop(stopDeadlineMs)];
  const stopLogging = logUncaughtErrors(log, () => ({ inDelivery: worker.inDelivery }));
  closing.push(async () => stopLogging());
  try {
    const rotation = rotationOf(config, log);
    if (rotation !== undefined) {
      closing.push(() => rotation.stop());
    }
    // Before the admin socket exists: whoever sees it may send a signal.
    const stopped = untilStopped(control, takeEarlyReload);
    const admin = await startAdmin(config, { worker, queue, totals, rotation, control });
    closing.unshift(() => admin.stop());
    await startJobs(config, () => policy, counting.traffic, closing);
    closing.unshift(readQueueRegularly(queue, counting.traffic));
    const deadLetters = new DeadLetters({
      queue,
      log,
      keepMs: () => worker.config.worker.deadLetterAge,
    });
    closing.unshift(() => deadLetters.stop());
    log.info({ queue: queueName(config.queue) }, "delivering");
    const signal = await stopped;
    log.info({ signal, delivering: worker.load }, "stopping");
  } finally {
    await closeAll([() => control.stop(), ...closing]);
  }
}

/** Closes one after the other, also after an error: the messages in delivery must be released. Then throws the first error. */
async function closeAll(closing: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closing) await close().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

function rotationOf(config: Config, log: Logger): KeyRotation | undefined {
  const { rotation } = config;
  if (rotation === undefined) {
    return undefined;
  }
  const { journal, interval: intervalMs } = rotation;
  return new KeyRotation({
    journal,
    intervalMs,
    log,
    signer: signersOf(config),
    environment: process.env,
  });
}

/** Starts the servers that the config asks for. The functions that stop them go to the front of `closing`. */
async function startJobs(
  { worker: { jobs }, queue, limits }: Config,
  policy: () => Policy,
  traffic: Traffic,
  closing: (() => Promise<void>)[],
): Promise<void> {
  const runner = new JobRunner(
    () => policy().pipeline,
    jobs.concurrency,
    (processed) => traffic.settled(processed, "accepted"),
  );
  const budget = new MemoryBudget(limits.memory);
  if (jobs.listen !== undefined) {
    const { messageSize: maxBytes, uploadTimeout: timeoutMs } = jobs;
    const { listen, tokenFile } = jobs;
    const server = await HttpServer.start(
      { listen, tokenFile, optionNames: jobsOptionNames },
      jobEndpoints(runner, { maxBytes, timeoutMs, budget }),
      jobsLimits,
    );
    closing.unshift(() => server.stop());
  }
  if (jobs.subject !== undefined && queue?.nats !== undefined) {
    const natsJobs = await startNatsJobs(queue.nats, jobs.subject, runner, budget);
    closing.unshift(() => natsJobs.stop(jobsStopDeadlineMs));
  }
}

/** Reads the depth and the age of the queue for the metrics, every ten seconds. Returns a function that ends that. */
function readQueueRegularly(queue: Queue, traffic: Traffic): () => Promise<void> {
  const read = async (): Promise<void> => {
    traffic.queueRead(await queue.stats({ maxRoutes: 1 }));
  };
  // An error is logged by the worker, which claims mail from the same queue.
  const tryToRead = (): void => void read().catch(() => undefined);
  tryToRead();
  const timer = setInterval(tryToRead, readingMs);
  return async () => clearInterval(timer);
}
