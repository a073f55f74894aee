import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@mailseal/service";
import { RelayError } from "../errors.ts";
import { sendToChild } from "./channel.ts";
import type { FromChildProcess, ToChildProcess } from "./child-process.ts";

export interface SupervisorOptions {
  readonly processes: number;
  /** The text of the config file that the processes start with. */
  readonly configText: string;
  readonly log: Logger;
  /** The time that messages in flight have to end when the relay stops. */
  readonly stopDeadlineMs: number;
  /** Environment variables for a process that starts now, in addition to those of this process. */
  readonly environment?: () => Readonly<Record<string, string>>;
  /** The pause before a process that died young is restarted. It doubles each time, up to `longestBackoffMs`. */
  readonly firstBackoffMs?: number;
}

const longestBackoffMs = 30_000;
/** A process that lived longer than this is restarted after the first pause, not a doubled one. */
const longLifeMs = 60_000;

/**
 * Buffers of mail die young. V8 frees them when it collects its young generation, and a large one it collects too late:
 * two processes with 20 messages of 50 MB at once took 310 MB, with 2 MB of young generation 230 MB, and are no slower.
 */
const childOptions: readonly string[] = ["--max-semi-space-size=2"];

interface Place {
  child: Worker | undefined;
  /** The first report of the latest process; undefined if it ended first. */
  started: Promise<FromChildProcess | undefined>;
  /** The text of the config file that its process uses. */
  configText: string;
  isReady: boolean;
  backoffMs: number;
}

/** Keeps a number of child processes running. Each is a relay on the same listeners. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #places: readonly Place[];
  readonly #firstBackoffMs: number;
  /** The text of the config file that is in force: a process that is restarted uses it, whatever the file holds now. */
  #configText: string;
  #isStopping = false;

  private constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#firstBackoffMs = options.firstBackoffMs ?? 500;
    this.#configText = options.configText;
    this.#places = Array.from({ length: options.processes }, () => ({
      child: undefined,
      started: Promise.resolve(undefined),
      configText: options.configText,
      isReady: false,
      backoffMs: this.#firstBackoffMs,
    }));
  }

  /** Resolves when all processes serve; rejects if one of them cannot start. */
  static async start(options: SupervisorOptions): Promise<Supervisor> {
    cluster.setupPrimary({ execArgv: [...process.execArgv, ...childOptions] });
    const supervisor = new Supervisor(options);
    try {
      await Promise.all(supervisor.#places.map((place) => supervisor.#fork(place)));
    } catch (error) {
      await supervisor.stop();
      throw error;
    }
    return supervisor;
  }

  get isReady(): boolean {
    return !this.#isStopping && this.#places.every(({ isReady }) => isReady);
  }

  /** The ids of the processes that run. */
  get processIds(): readonly number[] {
    return this.#places.flatMap(({ child }) => child?.process.pid ?? []);
  }

  /**
   * Puts a text of the config file in force in every process or in none. All of them load and check it first; if one
   * refuses, all keep the previous config, and this rejects with the reason. Then they use it one after the other, so
   * that all but one serve at any time. The first one that answers may still refuse, because a listener cannot start; a
   * later one that refuses is replaced by a process that starts with the new config, as is one that started meanwhile.
   */
  async reload(configText: string): Promise<void> {
    // A process that is starting uses the previous config. It answers once it is ready.
    await Promise.all(this.#places.map(({ started }) => started));
    // A process that is restarted meanwhile is another child at the same place.
    const asked = this.#places.flatMap((place) =>
      place.isReady && place.child !== undefined ? [{ place, child: place.child }] : [],
    );
    const loading = { type: "load-config", configText } as const;
    const loaded = await Promise.all(asked.map(({ child }) => outcomeOf(child, loading)));
    const refusal = loaded.find(({ how }) => how === "refused");
    if (refusal?.how === "refused") {
      discard(asked);
      throw new Error(refusal.failure);
    }
    const refusals = new Map<Worker, string>();
    let isInForce = false;
    for (const [at, { place, child }] of asked.entries()) {
      const outcome = await outcomeOf(child, { type: "use-config" });
      if (outcome.how === "done") {
        isInForce = true;
        if (place.child === child) place.configText = configText;
      } else if (outcome.how === "refused" && isInForce) {
        refusals.set(child, outcome.failure);
      } else if (outcome.how === "refused") {
        discard(asked.slice(at));
        throw new Error(outcome.failure);
      }
    }
    this.#configText = configText;
    for (const { child, configText: used } of this.#places) {
      if (child === undefined) continue;
      const started = used === configText ? undefined : "it started during the reload";
      const failure = refusals.get(child) ?? started;
      if (failure !== undefined) this.#replace(child, failure);
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#places.map(({ child }) => this.#end(child)));
  }

  async #fork(place: Place): Promise<void> {
    const startedMs = performance.now();
    const child = cluster.fork(this.#options.environment?.());
    place.child = child;
    place.configText = this.#configText;
    child.on("error", (error) => {
      this.#options.log.error({ process: child.process.pid, fault: error }, "relay process failed");
    });
    sendToChild<ToChildProcess>(child, { type: "start", configText: place.configText });
    child.once("exit", (code, signal) => {
      place.child = undefined;
      const wasReady = place.isReady;
      place.isReady = false;
      if (!this.#isStopping && wasReady) {
        this.#options.log.error(
          { process: child.process.pid, code, signal },
          "relay process ended",
        );
        void this.#restart(place, performance.now() - startedMs);
      }
    });
    place.started = nextReport(child);
    const first = await place.started;
    if (first?.type !== "ready") {
      throw new RelayError(
        "child-process",
        "a relay process ended before it was ready; the line that it logged gives the reason",
      );
    }
    place.isReady = true;
    this.#options.log.info({ process: child.process.pid }, "relay process ready");
  }

  /** Its messages in flight end first. The exit of the process starts the next one. */
  #replace(child: Worker, failure: string): void {
    this.#options.log.error(
      { process: child.process.pid, failure },
      "relay process does not use the new config and is replaced",
    );
    void this.#end(child);
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
        await this.#fork(place);
        return;
      } catch (error) {
        this.#options.log.error({ fault: error }, "relay process did not start");
      }
    }
  }

  async #end(child: Worker | undefined): Promise<void> {
    if (child === undefined || child.isDead()) {
      return;
    }
    const ended = once(child, "exit");
    sendToChild<ToChildProcess>(child, { type: "stop" });
    // A process that takes longer than its own deadline hangs.
    const timer = setTimeout(
      () => child.process.kill("SIGKILL"),
      this.#options.stopDeadlineMs + 5000,
    );
    await ended;
    clearTimeout(timer);
  }
}

const reportTypes: ReadonlySet<string> = new Set(["ready", "config-loaded", "config-used"]);

/** "ended": the process ended before it answered, so it has neither accepted nor refused the config. */
type StepOutcome =
  | { readonly how: "done" | "ended" }
  | { readonly how: "refused"; readonly failure: string };

/** Sends a process a step of a reload, and resolves to its outcome. */
async function outcomeOf(
  child: Worker,
  step: Extract<ToChildProcess, { readonly type: "load-config" | "use-config" }>,
): Promise<StepOutcome> {
  if (!child.isConnected()) return { how: "ended" };
  const reported = nextReport(child);
  sendToChild<ToChildProcess>(child, step);
  const report = await reported;
  if (report === undefined) return { how: "ended" };
  return report.type === "ready" || report.failure === undefined
    ? { how: "done" }
    : { how: "refused", failure: report.failure };
}

function discard(asked: readonly { readonly child: Worker }[]): void {
  for (const { child } of asked) sendToChild<ToChildProcess>(child, { type: "discard-config" });
}

/** The next report of a process; undefined if it ends first or cannot be started. Other messages on the channel are ignored. */
function nextReport(child: Worker): Promise<FromChildProcess | undefined> {
  return new Promise((resolve) => {
    const onMessage = (message: FromChildProcess): void => {
      if (reportTypes.has(message.type)) end(message);
    };
    const onExit = (): void => end(undefined);
    const end = (report: FromChildProcess | undefined): void => {
      child.off("message", onMessage);
      child.off("exit", onExit);
      child.off("error", onExit);
      resolve(report);
    };
    child.on("message", onMessage);
    child.once("exit", onExit);
    // A process that cannot be started has no exit.
    child.once("error", onExit);
  });
}
