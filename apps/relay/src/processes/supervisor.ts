import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@mailseal/service";
import { RelayError } from "../errors.ts";
import type { FromChildProcess, ToChildProcess } from "./child-process.ts";

export interface SupervisorOptions {
  readonly processes: number;
  readonly log: Logger;
  /** The time that messages in flight have to end when the relay stops. */
  readonly stopDeadlineMs: number;
  /** Variables that a process which starts now gets besides the environment of this one. */
  readonly environment?: () => Readonly<Record<string, string>>;
  /** The pause before a process that died young is restarted. It doubles each time, up to `longestBackoffMs`. */
  readonly firstBackoffMs?: number;
}

const longestBackoffMs = 30_000;
/** A process that lived longer is started again at once. */
const longLifeMs = 60_000;

/**
 * Buffers of mail die young. V8 frees them when it collects its young generation, and a large one it collects too late:
 * two processes with 20 messages of 50 MB at once took 310 MB, with 2 MB of young generation 230 MB, and are no slower.
 */
const childOptions: readonly string[] = ["--max-semi-space-size=2"];

interface Place {
  child: Worker | undefined;
  isReady: boolean;
  backoffMs: number;
}

/** Keeps a number of child processes running, each a relay on the same listeners. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #places: readonly Place[];
  readonly #firstBackoffMs: number;
  #isStopping = false;

  private constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#firstBackoffMs = options.firstBackoffMs ?? 500;
    this.#places = Array.from({ length: options.processes }, () => ({
      child: undefined,
      isReady: false,
      backoffMs: this.#firstBackoffMs,
    }));
  }

  /** Resolves when all processes serve; rejects if one of them cannot start. */
  static async start(options: SupervisorOptions): Promise<Supervisor> {
    cluster.setupPrimary({ execArgv: [...process.execArgv, ...childOptions] });
    const supervisor = new Supervisor(options);
    try {
      await Promise.all(supervisor.#places.map((place) => supervisor.#begin(place)));
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
   * Has the processes read the config again, one after the other, so that all but one serve at any time. Rejects at the
   * first one that cannot use it.
   */
  async reload(): Promise<void> {
    for (const { child } of this.#places) {
      if (child?.isConnected() === true) {
        const answered = nextMessage(child);
        send(child, { type: "reload" });
        const answer = await answered;
        if (answer?.type === "reloaded" && answer.failure !== undefined) {
          throw new Error(answer.failure);
        }
      }
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#places.map((place) => this.#end(place)));
  }

  async #begin(place: Place): Promise<void> {
    const startedMs = performance.now();
    const child = cluster.fork(this.#options.environment?.());
    place.child = child;
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
    const first = await nextMessage(child);
    if (first?.type !== "ready") {
      throw new RelayError(
        "child-process",
        "a relay process ended before it was ready; its own line gives the reason",
      );
    }
    place.isReady = true;
    this.#options.log.info({ process: child.process.pid }, "relay process ready");
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
        this.#options.log.error({ fault: error }, "relay process did not start");
      }
    }
  }

  async #end({ child }: Place): Promise<void> {
    if (child === undefined || child.isDead()) {
      return;
    }
    const ended = once(child, "exit");
    send(child, { type: "stop" });
    // Longer than it may take by itself.
    const timer = setTimeout(
      () => child.process.kill("SIGKILL"),
      this.#options.stopDeadlineMs + 5000,
    );
    await ended;
    clearTimeout(timer);
  }
}

const answers: ReadonlySet<string> = new Set(["ready", "reloaded"]);

/** The next report of a process; undefined if it ends first. Other messages on the channel are ignored. */
function nextMessage(child: Worker): Promise<FromChildProcess | undefined> {
  return new Promise((resolve) => {
    const onMessage = (message: FromChildProcess): void => {
      if (!answers.has(message.type)) {
        return;
      }
      child.off("message", onMessage);
      child.off("exit", onExit);
      resolve(message);
    };
    const onExit = (): void => {
      child.off("message", onMessage);
      resolve(undefined);
    };
    child.on("message", onMessage);
    child.once("exit", onExit);
  });
}

function send(child: Worker, message: ToChildProcess): void {
  if (child.isConnected()) {
    child.send(message);
  }
}
