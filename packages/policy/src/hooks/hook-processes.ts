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

/** A module that can no longer be imported is not tried for each message. */
const importPauseMs = 1000;

/**
 * The hooks of a module in processes of their own: a worker thread cannot be ended in every loop, and takes its
 * program with it where its heap is full. What a process had in hand when it had to be ended, or ended, is asked
 * again, one message at a time: so the message that was why is known, and the others have their answer.
 */
export class HookProcesses implements HookCaller {
  readonly hooks = new Set<HookName>();
  readonly #options: HookProcessOptions;
  /** A place without a process gets one when it is needed. */
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

  /** Rejects where the module cannot be used, with why. */
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

  /** A new process only where all others are at work. */
  #idlest(): HookProcess {
    const loads = this.#places.map((it) => it?.inHand ?? 0.5);
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

  /** Each has the process to itself, until one ends it. */
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
