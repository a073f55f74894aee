import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type HookCall, type HookName, type HookResult, tooLate } from "./hook-call.ts";
import type { CarriedCall, FromProcess, StrayFailure, ToProcess } from "./process-protocol.ts";

/** A call that is still waiting for its result. */
export interface PendingCall {
  readonly call: HookCall;
  readonly timeoutMs: number;
  resolve(result: HookResult): void;
}

export interface HookProcessOptions {
  /** The absolute path of the module. */
  readonly path: string;
  /** Memory for the hooks, besides the process itself. A process that uses more is killed. */
  readonly memoryBytes: number;
  readonly onStray: (failure: StrayFailure) => void;
}

export interface HookProcessEvents {
  /** The process has ended although nobody closed it. `isLoaded` is false if it had not loaded its module. */
  onEnd(from: HookProcess, end: ProcessEnd): void;
}

export interface ProcessEnd {
  readonly reason: string;
  readonly isLoaded: boolean;
  /** The calls that were running, in the order they were made: any of them may have ended the process. */
  readonly unanswered: readonly PendingCall[];
}

interface RunningCall extends PendingCall {
  timer: NodeJS.Timeout | undefined;
}

/** The time for the process to respond when a hook is late, and to import the module. */
const answerMs = 1000;
const loadingMs = 30_000;
const memoryCheckMs = 100;
/** The memory of a Node process without any hooks. */
const ownMemoryBytes = 64 * 2 ** 20;
const pageBytes = 4096;

const script = fileURLToPath(
  extname(import.meta.url) === ".ts"
    ? new URL("../hook-process-main.ts", import.meta.url)
    : new URL("./hook-process-main.js", import.meta.url),
);

/** One child process, the hooks that it has imported, and the calls that are running in it. */
export class HookProcess {
  /** The hooks that the module exports; rejects with the reason if it cannot be used. */
  readonly loaded: Promise<ReadonlySet<HookName>>;
  readonly #options: HookProcessOptions;
  readonly #events: HookProcessEvents;
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, RunningCall>();
  readonly #loadingTimer: NodeJS.Timeout;
  #nextId = 1;
  #isLoaded = false;
  #isOver = false;
  #memoryWatch: NodeJS.Timeout | undefined;
  #settleLoading: (outcome: ReadonlySet<HookName> | Error) => void = () => undefined;

  constructor(options: HookProcessOptions, events: HookProcessEvents) {
    this.#options = options;
    this.#events = events;
    this.#child = fork(script, [options.path], {
      serialization: "advanced",
      execArgv: [...nodeArguments(options.memoryBytes)],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.loaded = new Promise((resolve, reject) => {
      this.#settleLoading = (outcome) =>
        outcome instanceof Error ? reject(outcome) : resolve(outcome);
    });
    this.#loadingTimer = setTimeout(
      () => this.#end(`its import did not end within ${loadingMs} ms`),
      loadingMs,
    );
    this.#child.on("message", (message) => this.#take(message as FromProcess));
    this.#child.on("error", (error) => this.#end(`its process failed: ${error.message}`));
    this.#child.once("exit", (code, signal) =>
      this.#end(`its process ended by ${signal ?? `exit code ${code}`}`),
    );
    // Idle hooks do not keep the program alive.
    this.#child.unref();
    this.#child.channel?.unref();
  }

  get runningCalls(): number {
    return this.#calls.size;
  }

  start(pending: PendingCall): void {
    const id = this.#nextId++;
    const running: RunningCall = { ...pending, timer: undefined };
    this.#calls.set(id, running);
    running.timer = setTimeout(() => this.#ask(id), pending.timeoutMs);
    this.#watchMemory();
    this.#send(carried(id, pending.call));
  }

  /** Kills the process; running calls fail. */
  close(): void {
    this.#end("the hooks were closed");
  }

  #send(message: ToProcess): void {
    // The event "exit" reports that it is gone.
    this.#child.send(message, () => undefined);
  }

  #take(message: FromProcess): void {
    switch (message.kind) {
      case "loaded":
        clearTimeout(this.#loadingTimer);
        this.#isLoaded = true;
        this.#settleLoading(new Set(message.hooks));
        return;
      case "unusable":
        this.#end(message.reason);
        return;
      case "results":
        for (const [id, result] of message.results) this.#finish(id, result);
        return;
      case "aborted": {
        const { timeoutMs } = this.#calls.get(message.id) ?? { timeoutMs: 0 };
        this.#finish(message.id, tooLate(timeoutMs));
        return;
      }
      case "stray":
        this.#options.onStray(message);
    }
  }

  #finish(id: number, result: HookResult): void {
    const running = this.#calls.get(id);
    if (running === undefined) return;
    this.#calls.delete(id);
    clearTimeout(running.timer);
    running.resolve(result);
  }

  /** The time of a call is over. If the process responds, the call is late; otherwise another call may block the process. */
  #ask(id: number): void {
    const running = this.#calls.get(id);
    if (running === undefined) return;
    if (!this.#isLoaded) {
      running.timer = setTimeout(() => this.#ask(id), running.timeoutMs);
      return;
    }
    this.#send({ kind: "abort", id });
    running.timer = setTimeout(
      () => this.#end(`no answer within ${running.timeoutMs} ms; it does not return`),
      answerMs,
    );
  }

  /** V8 limits its heap, but nothing limits the buffers outside of it. */
  #watchMemory(): void {
    this.#memoryWatch ??= setInterval(() => {
      if (this.#calls.size === 0) {
        clearInterval(this.#memoryWatch);
        this.#memoryWatch = undefined;
      } else if (residentBytes(this.#child.pid) > this.#options.memoryBytes + ownMemoryBytes) {
        this.#end(tooMuchMemory(this.#options.memoryBytes));
      }
    }, memoryCheckMs).unref();
  }

  #end(cause: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#memoryWatch);
    clearTimeout(this.#loadingTimer);
    // V8 aborts with this signal when its heap is full.
    const reason = /SIGABRT|code 134/.test(cause)
      ? `${cause}, most likely because ${tooMuchMemory(this.#options.memoryBytes)}`
      : cause;
    this.#child.kill("SIGKILL");
    if (this.#child.connected) this.#child.disconnect();
    this.#settleLoading(new Error(reason));
    const unanswered = [...this.#calls.values()];
    this.#calls.clear();
    for (const { timer } of unanswered) clearTimeout(timer);
    this.#events.onEnd(this, { reason, isLoaded: this.#isLoaded, unanswered });
  }
}

function carried(id: number, call: HookCall): CarriedCall {
  const { hook, header, sizeBytes, context } = call;
  return {
    kind: "call",
    id,
    hook,
    header: header.bytes,
    sizeBytes,
    context,
    ...(call.hook === "afterVerify" ? { report: call.report } : {}),
    ...(call.hook === "sendersOf" ? { login: call.login } : {}),
  };
}

/** The Node options of this process, except for the debugger's, whose port is taken. */
function nodeArguments(memoryBytes: number): readonly string[] {
  const heapMb = Math.max(16, Math.ceil(memoryBytes / 2 ** 20));
  return [
    ...process.execArgv.filter((it) => !/^--(?:inspect|max-old-space-size)/.test(it)),
    `--max-old-space-size=${heapMb}`,
  ];
}

function tooMuchMemory(memoryBytes: number): string {
  return `it took more memory than hooks.memory, ${memoryBytes} octets`;
}

/** The resident memory as Linux counts it; 0 on other systems, where only the heap is limited. */
function residentBytes(pid: number | undefined): number {
  if (process.platform !== "linux") return 0;
  try {
    const [, pages = "0"] = readFileSync(`/proc/${pid}/statm`, "latin1").split(" ");
    return Number(pages) * pageBytes;
  } catch {
    return 0;
  }
}
