import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { type Logger, type Policy, RetiredMemory } from "@mailseal/service";
import type { FromChildProcess, ToChildProcess } from "./child-process.ts";
import type { Reloadable } from "./logged-control.ts";

export interface SupervisorOptions {
  readonly processes: number;
  readonly log: Logger;
  /** Reads and checks the config, and gives back what it opened: what the workers will read. */
  readonly readConfig: () => Promise<Policy["config"]>;
  /** For messages in flight at a stop. */
  readonly stopDeadlineMs: number;
  /** What a worker that starts now finds in its environment besides. */
  readonly environment?: () => Readonly<Record<string, string>>;
  /** Before the first restart of a worker that dies young; doubled each time up to `longestBackoffMs`. */
  readonly firstBackoffMs?: number;
}

const longestBackoffMs = 30_000;
/** A worker that lived longer is started again at once. */
const longLifeMs = 60_000;

/**
 * Buffers of mail die young. V8 frees them when it collects its nursery, and a large one it collects too late:
 * two workers with 20 messages of 50 MB at once took 310 MB, with a nursery of 2 MB 230 MB, and are no slower.
 */
const workerOptions: readonly string[] = ["--max-semi-space-size=2"];

interface Place {
  worker: Worker | undefined;
  isReady: boolean;
  backoffMs: number;
}

/** Keeps a number of worker processes running, each a relay on the same listeners. */
export class Supervisor implements Reloadable {
  readonly #options: SupervisorOptions;
  readonly #places: readonly Place[];
  readonly #firstBackoffMs: number;
  #config: Policy["config"];
  readonly #retired = new RetiredMemory();
  #isStopping = false;
  #last: Promise<void> = Promise.resolve();

  private constructor(config: Policy["config"], options: SupervisorOptions) {
    this.#options = options;
    this.#config = config;
    this.#firstBackoffMs = options.firstBackoffMs ?? 500;
    this.#places = Array.from({ length: options.processes }, () => ({
      worker: undefined,
      isReady: false,
      backoffMs: this.#firstBackoffMs,
    }));
  }

  /** Resolves when all workers serve; throws where one cannot start at all. */
  static async start(config: Policy["config"], options: SupervisorOptions): Promise<Supervisor> {
    cluster.setupPrimary({ execArgv: [...process.execArgv, ...workerOptions] });
    const supervisor = new Supervisor(config, options);
    try {
      await Promise.all(supervisor.#places.map((place) => supervisor.#begin(place)));
    } catch (error) {
      await supervisor.stop();
      throw error;
    }
    return supervisor;
  }

  get config(): Policy["config"] {
    return this.#config;
  }

  get isReady(): boolean {
    return !this.#isStopping && this.#places.every(({ isReady }) => isReady);
  }

  /** The process numbers of the workers that run. */
  get processIds(): readonly number[] {
    return this.#places.flatMap(({ worker }) => worker?.process.pid ?? []);
  }

  /** One worker after the other, so that all but one serve at any time. The first that cannot ends it. */
  reload(): Promise<void> {
    const reloaded = this.#last.then(() => this.#reload());
    this.#last = reloaded.catch(() => undefined);
    return reloaded;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#places.map((place) => this.#end(place)));
  }

  async #reload(): Promise<void> {
    const config = await this.#options.readConfig();
    for (const { worker } of this.#places) {
      if (worker?.isConnected() === true) {
        const answered = nextMessage(worker);
        send(worker, { type: "reload" });
        const answer = await answered;
        if (answer?.type === "reloaded" && answer.failure !== undefined) {
          throw new Error(answer.failure);
        }
      }
    }
    this.#config = config;
    this.#retired.reloaded();
  }

  async #begin(place: Place): Promise<void> {
    const startedMs = performance.now();
    const worker = cluster.fork(this.#options.environment?.());
    place.worker = worker;
    worker.once("exit", (code, signal) => {
      place.worker = undefined;
      const wasReady = place.isReady;
      place.isReady = false;
      if (!this.#isStopping && wasReady) {
        this.#options.log.error({ worker: worker.process.pid, code, signal }, "worker ended");
        void this.#restart(place, performance.now() - startedMs);
      }
    });
    const first = await nextMessage(worker);
    if (first?.type !== "ready") {
      throw new Error("a worker process ended before it was ready; its own log line says why");
    }
    place.isReady = true;
    this.#options.log.info({ worker: worker.process.pid }, "worker ready");
  }

  async #restart(place: Place, livedMs: number): Promise<void> {
    for (let lived = livedMs; !this.#isStopping; lived = 0) {
      if (lived >= longLifeMs) {
        place.backoffMs = this.#firstBackoffMs;
      }
      await delay(place.backoffMs, undefined, { ref: false });
      place.backoffMs = Math.min(place.backoffMs * 2, longestBackoffMs);
      if (this.#isStopping) {
        return;
      }
      try {
        await this.#begin(place);
        return;
      } catch (error) {
        this.#options.log.error({ fault: error }, "worker did not start");
      }
    }
  }

  async #end({ worker }: Place): Promise<void> {
    if (worker === undefined || worker.isDead()) {
      return;
    }
    const ended = once(worker, "exit");
    send(worker, { type: "stop" });
    // Longer than it may take itself.
    const timer = setTimeout(
      () => worker.process.kill("SIGKILL"),
      this.#options.stopDeadlineMs + 5000,
    );
    await ended;
    clearTimeout(timer);
  }
}

const answers: ReadonlySet<string> = new Set(["ready", "reloaded"]);

/** What a worker answers next; undefined where it ends first. What others send over the channel is let pass. */
function nextMessage(worker: Worker): Promise<FromChildProcess | undefined> {
  return new Promise((resolve) => {
    const onMessage = (message: FromChildProcess): void => {
      if (!answers.has(message.type)) {
        return;
      }
      worker.off("message", onMessage);
      worker.off("exit", onExit);
      resolve(message);
    };
    const onExit = (): void => {
      worker.off("message", onMessage);
      resolve(undefined);
    };
    worker.on("message", onMessage);
    worker.once("exit", onExit);
  });
}

function send(worker: Worker, message: ToChildProcess): void {
  if (worker.isConnected()) {
    worker.send(message);
  }
}
