import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Queue, QueueError } from "@mailseal/queue";
import type { NatsServer } from "../nats-server.ts";
import type { ProcessArguments } from "./crash-process.ts";
import { type CrashQueue, leaseMs, openCrashQueue } from "./crash-queue.ts";
import type { Disk } from "./disk.ts";
import { judge, type Judgement, type Kill } from "./judge.ts";
import { seededRandom } from "./random.ts";
import { AcknowledgedCounts, machineMs, readRecord } from "./record.ts";

export interface CrashOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly queue: CrashQueue;
  /** The server, which is killed too: one victim of four. */
  readonly server?: NatsServer;
  /** Whether to kill the server in every round. Default: any. */
  readonly victims?: "any" | "server";
  /** The disk, which is filled during some kills. */
  readonly disk?: Disk;
  /** Called after every round. */
  readonly onRound?: (round: number) => void;
}

export interface CrashResult extends Judgement {
  readonly kills: number;
  /** How many of these kills were of the server. */
  readonly serverKills: number;
  /** How often the wall clock of all processes was set: an hour ahead, an hour back, or to the right time. */
  readonly steps: number;
  /** How often the disk was full, or almost full, at a kill. */
  readonly fills: number;
}

const roles = ["producer", "consumer", "consumer"] as const;
/** The minimum duration of a round; the maximum is twice as long. */
const roundMs = 250;
/** The number of acknowledgements to wait for before every second round: on a slow machine, nothing else would happen. */
const progress = 4;
const progressMs = 60_000;
/** A queue whose depth has not decreased for this long is stuck. */
const standstillMs = 60_000;
const stepsPerRound = 0.3;
const fillsPerRound = 0.3;
const hourMs = 3_600_000;
const setClock = fileURLToPath(new URL("../set-clock.ts", import.meta.url));

/** Kills a process at a random moment of each round, then waits until the queue is empty, and judges. */
export async function runCrashRounds(options: CrashOptions): Promise<CrashResult> {
  const { rounds, seed, queue, server, victims = "any", disk, onRound } = options;
  const random = seededRandom(seed);
  const directory = mkdtempSync(join(tmpdir(), "mailseal-crash-"));
  const kills: Kill[] = [];
  let [steps, fills] = [0, 0];
  const crew = new Crew(queue, directory, seed);
  try {
    for (const position of roles.keys()) crew.start(position);
    for (let round = 0; round < rounds; round += 1) {
      if (round % 2 === 0) await crew.acknowledges(progress);
      const isFull = disk !== undefined && random() < fillsPerRound;
      if (isFull) {
        await disk.fill(random() < 0.5 ? "whole" : "almost");
        fills += 1;
      }
      await sleep(roundMs * (1 + random()));
      const victim =
        victims === "server"
          ? roles.length
          : Math.floor(random() * (roles.length + (server === undefined ? 0 : 1)));
      if (victim < roles.length) {
        kills.push({ victim: await crew.kill(victim), atMs: machineMs() });
        crew.start(victim);
      } else {
        await server?.kill();
        kills.push({ victim: "server", atMs: machineMs() });
        await server?.start();
      }
      if (isFull) {
        await sleep(roundMs * random());
        await disk.free();
      }
      if (random() < stepsPerRound) {
        crew.setClock(Math.floor(random() * 3 - 1) * hourMs);
        steps += 1;
      }
      onRound?.(round + 1);
    }
    await crew.stop("producer");
    await drained(queue);
    await crew.stop("consumer");
    const serverKills = kills.filter(({ victim }) => victim === "server").length;
    const counted = { kills: kills.length, serverKills, steps, fills };
    return { ...judge(crew.entries(), kills, { leaseMs }), ...counted };
  } finally {
    await crew.killAll();
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Member {
  readonly name: string;
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
}

class Crew {
  readonly #queue: CrashQueue;
  readonly #directory: string;
  readonly #seed: number;
  readonly #members = new Map<number, Member>();
  readonly #records: string[] = [];
  readonly #counts = new AcknowledgedCounts();

  constructor(queue: CrashQueue, directory: string, seed: number) {
    this.#queue = queue;
    this.#directory = directory;
    this.#seed = seed;
    this.setClock(0);
  }

  get #clockFile(): string {
    return join(this.#directory, "clock");
  }

  /** Sets the clock of all processes, including those that start later. */
  setClock(aheadMs: number): void {
    writeFileSync(this.#clockFile, String(aheadMs));
  }

  start(position: number): void {
    const role = roles[position] ?? "consumer";
    const name = `${role}${this.#records.length}`;
    const recordFile = join(this.#directory, name);
    const given: ProcessArguments = {
      queue: this.#queue,
      name,
      recordFile,
      seed: this.#seed + this.#records.length,
    };
    const script = fileURLToPath(new URL(`${role}-main.ts`, import.meta.url));
    const started = spawn(process.execPath, ["--import", setClock, script, JSON.stringify(given)], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, MAILSEAL_CLOCK_FILE: this.#clockFile },
    });
    const ended = new Promise((resolve) => started.once("exit", resolve));
    this.#members.set(position, { name, process: started, ended });
    this.#records.push(recordFile);
  }

  /** Resolves to the name of the killed process. */
  async kill(position: number): Promise<string> {
    const member = this.#members.get(position);
    if (member === undefined) throw new Error(`expected a process at position ${position}`);
    const { process: running, ended, name } = member;
    if (running.exitCode !== null)
      throw new Error(`${name} ended by itself, with ${running.exitCode}`);
    running.kill("SIGKILL");
    await ended;
    return name;
  }

  async stop(role: (typeof roles)[number]): Promise<void> {
    const stopped = [...this.#members].filter(([position]) => roles[position] === role);
    for (const [, member] of stopped) member.process.kill("SIGTERM");
    await Promise.all(stopped.map(([, { ended }]) => ended));
    for (const [position, { name, process: stopping }] of stopped) {
      this.#members.delete(position);
      // A process that gets the signal before it handles it ends by the signal.
      if (stopping.exitCode !== 0 && stopping.signalCode === null) {
        throw new Error(`${name} failed`);
      }
    }
  }

  async killAll(): Promise<void> {
    for (const { process: running } of this.#members.values()) running.kill("SIGKILL");
    await Promise.all([...this.#members.values()].map(({ ended }) => ended));
  }

  /** Resolves when this number of further copies have been acknowledged. */
  async acknowledges(copies: number): Promise<void> {
    const deadline = performance.now() + progressMs;
    const goal = this.#acknowledged() + copies;
    while (this.#acknowledged() < goal) {
      if (performance.now() > deadline) {
        throw new Error(`expected ${copies} copies to be acknowledged in ${progressMs} ms`);
      }
      await sleep(20);
    }
  }

  #acknowledged(): number {
    return this.#records.reduce((sum, path) => sum + this.#counts.count(path), 0);
  }

  entries(): ReturnType<typeof readRecord> {
    return this.#records.flatMap((path) => {
      try {
        return readRecord(path);
      } catch {
        // The process was killed before it created its record.
        return [];
      }
    });
  }
}

/** Undefined while the queue is unavailable. */
async function depthOf(queue: Queue): Promise<number | undefined> {
  try {
    return (await queue.stats()).depth;
  } catch (error) {
    if (error instanceof QueueError && error.temporary) return undefined;
    throw error;
  }
}

/** The content of a queue that does not become empty, for the error. */
async function described(queue: Queue): Promise<string> {
  const { messages } = await queue.list({ limit: 5 });
  return JSON.stringify({ ...(await queue.stats({ maxRoutes: 5 })), messages });
}

async function drained(spec: CrashQueue): Promise<void> {
  const queue = await openCrashQueue(spec);
  try {
    let least = Infinity;
    let deadline = performance.now() + standstillMs;
    for (;;) {
      const depth = await depthOf(queue);
      if (depth !== undefined && depth < least) {
        least = depth;
        deadline = performance.now() + standstillMs;
      }
      if (depth === 0) return;
      if (performance.now() > deadline) {
        throw new Error(`the queue still has ${depth} messages: ${await described(queue)}`);
      }
      await sleep(100);
    }
  } finally {
    await queue.close();
  }
}
