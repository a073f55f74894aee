import { performance } from "node:perf_hooks";
import type { HookCall, HookCaller, HookName, HookResult } from "./hook-call.ts";
import {
  HookProcess,
  type HookProcessEvents,
  type HookProcessOptions,
  type PendingCall,
  type ProcessEnd,
} from "./hook-process.ts";

export interface HookProcessesOptions extends HookProcessOptions {
  readonly processes: number;
}

/** A module that can no longer be imported is not tried again for each message. */
const importPauseMs = 1000;

/**
 * Runs the hooks of a module in processes of their own, because a worker thread cannot be stopped in every loop and
 * ends the whole program if its heap is full. If a process ends or has to be killed, its calls are made again, one at
 * a time: this finds the message that caused it, and the others get their answers.
 */
export class HookProcesses implements HookCaller {
  readonly hooks = new Set<HookName>();
  readonly #options: HookProcessOptions;
  /** An empty slot gets a process when one is needed. */
  readonly #places: (HookProcess | undefined)[];
  readonly #suspects: PendingCall[] = [];
  #suspectsRun = false;
  readonly #running: Set<HookProcess>;
  readonly #events: HookProcessEvents = { onEnd: (from, end) => this.#clear(from, end) };
  #isClosed = false;
  #failedImport: { readonly reason: string; readonly atMs: number } | undefined;

  private constructor(options: HookProcessesOptions) {
    this.#options = options;
    this.#running = new Set();
    this.#places = Array.from({ length: options.processes }, () => this.#newProcess());
  }

  /** Rejects with the reason if the module cannot be used. */
  static async start(options: HookProcessesOptions): Promise<HookProcesses> {
    const started = new HookProcesses(options);
    try {
      const [hooks] = await Promise.all(started.#places.map((it) => it?.loaded));
      for (const hook of hooks ?? []) started.hooks.add(hook);
      return started;
    } catch (error) {
      started.close();
      throw error;
    }
  }

  call(call: HookCall, timeoutMs: number): Promise<HookResult> {
    return new Promise((resolve) => {
      const failed = this.#refusal();
      if (failed === undefined) this.#idlest().start({ call, timeoutMs, resolve });
      else resolve(failed);
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const running of this.#running) running.close();
  }

  #refusal(): HookResult | undefined {
    if (this.#isClosed) return { ok: false, reason: "the hooks were closed" };
    const failed = this.#failedImport;
    return failed !== undefined && performance.now() - failed.atMs < importPauseMs
      ? { ok: false, reason: failed.reason }
      : undefined;
  }

  /** Starts a new process only if all others are busy. */
  #idlest(): HookProcess {
    const loads = this.#places.map((it) => it?.runningCalls ?? 0.5);
    const place = loads.indexOf(Math.min(...loads));
    return (this.#places[place] ??= this.#newProcess());
  }

  #newProcess(events: HookProcessEvents = this.#events): HookProcess {
    const started = new HookProcess(this.#options, {
      onEnd: (from, end) => {
        this.#running.delete(from);
        events.onEnd(from, end);
      },
    });
    this.#running.add(started);
    started.loaded.then(
      () => (this.#failedImport = undefined),
      (error: Error) => (this.#failedImport = { reason: error.message, atMs: performance.now() }),
    );
    return started;
  }

  #clear(from: HookProcess, { reason, isLoaded, unanswered }: ProcessEnd): void {
    const place = this.#places.indexOf(from);
    if (place >= 0) this.#places[place] = undefined;
    const [first, ...others] = unanswered;
    if (this.#isClosed || !isLoaded) {
      for (const { resolve } of unanswered) resolve({ ok: false, reason });
    } else if (others.length === 0) {
      first?.resolve({ ok: false, reason });
    } else {
      this.#suspects.push(...unanswered);
      if (!this.#suspectsRun) void this.#askAlone();
    }
  }

  /** Each call has the process to itself, until one of them ends it. */
  async #askAlone(): Promise<void> {
    this.#suspectsRun = true;
    let alone: HookProcess | undefined;
    const events: HookProcessEvents = {
      onEnd: (_from, { reason, unanswered }) => {
        alone = undefined;
        for (const { resolve } of unanswered) resolve({ ok: false, reason });
      },
    };
    for (let next = this.#suspects.shift(); next !== undefined; next = this.#suspects.shift()) {
      const { call, timeoutMs, resolve } = next;
      const failed = this.#refusal();
      const result =
        failed ??
        (await new Promise<HookResult>((settle) => {
          alone ??= this.#newProcess(events);
          alone.start({ call, timeoutMs, resolve: settle });
        }));
      resolve(result);
    }
    alone?.close();
    this.#suspectsRun = false;
  }
}
