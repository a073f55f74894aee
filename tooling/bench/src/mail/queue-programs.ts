import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "@mailseal/testkit/free-port";
import type { Measurement } from "../measuring/measurement.ts";
import { Children } from "./children.ts";

const maximumResidentMb = 400;

/** The load on it and on its peer: concurrent sessions, and octets per message. */
export const queueLoad = { connections: 50, message: 2048 } as const;

/** A relay in queue mode, its embedded queue, and two workers that deliver to a sink, each in a process of its own. */
export class QueuePrograms {
  readonly relayPort: number;
  readonly #sinkPort: number;
  readonly #directory = mkdtempSync(join(tmpdir(), "mailseal-bench-"));
  readonly #children = new Children();
  readonly #running = new Map<string, ChildProcess>();
  /** The peak memory of each program, in megabytes, including programs that were killed. */
  readonly #peaks = new Map<string, number>();

  private constructor(relayPort: number, sinkPort: number) {
    this.relayPort = relayPort;
    this.#sinkPort = sinkPort;
  }

  static async open(sinkPort: number): Promise<QueuePrograms> {
    return new QueuePrograms(await freePort(), sinkPort);
  }

  /** Resolves when the relay accepts mail. */
  async startRelay(): Promise<void> {
    await this.#start("relay", "relay", /serving/);
  }

  /** Resolves when both workers deliver. */
  async startWorkers(): Promise<void> {
    await Promise.all(
      ["worker 1", "worker 2"].map((program) => this.#start("worker", program, /delivering/)),
    );
  }

  /** Kills all programs. Unlike a power failure, this loses nothing that was written but not synced. */
  async kill(): Promise<void> {
    this.#notePeaks();
    this.#running.clear();
    await this.#children.end();
  }

  /** The peak memory of each program. */
  memory(): readonly Measurement[] {
    this.#notePeaks();
    return Array.from(this.#peaks, ([program, megabytes]) => ({
      name: `resident memory, ${program}`,
      against: `at most ${maximumResidentMb} MB`,
      ours: megabytes,
      theirs: maximumResidentMb,
      unit: "MB",
      ratio: maximumResidentMb / megabytes,
      floor: 1,
    }));
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #start(app: string, program: string, ready: RegExp): Promise<void> {
    const entry = new URL(`../../../../apps/${app}/bin/mailseal-${app}.js`, import.meta.url);
    const args = [fileURLToPath(entry), "--config", this.#config(program)];
    const child = this.#children.start(process.execPath, args);
    this.#running.set(program, child);
    await lineOf(child, ready);
  }

  /** Signing is off, because only the queue is measured. */
  #config(program: string): string {
    const name = program.replace(" ", "-");
    const sink = { host: "127.0.0.1", port: this.#sinkPort, tls: "never" };
    const listener = { protocol: "smtp", direction: "outbound", mode: "queue" };
    const file = join(this.#directory, `${name}.yaml`);
    const config = {
      hostname: "mx.test",
      signing: { sign: false },
      log: { level: "info" },
      bindings: { out: { nextHop: sink } },
      defaultBinding: "out",
      listeners: [{ ...listener, listen: `127.0.0.1:${this.relayPort}` }],
      queue: { file: join(this.#directory, "queue.db") },
      admin: { listen: `unix:${join(this.#directory, `${name}.sock`)}` },
      worker: { admin: `unix:${join(this.#directory, `${name}-worker.sock`)}` },
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  #notePeaks(): void {
    for (const [program, child] of this.#running) {
      const peak = Math.max(this.#peaks.get(program) ?? 0, peakResidentMb(child));
      this.#peaks.set(program, peak);
    }
  }
}

async function lineOf(child: ChildProcess, pattern: RegExp): Promise<void> {
  if (child.stdout === null) throw new Error("expected standard output as a pipe");
  const lines = createInterface(child.stdout);
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      if (pattern.test(line)) resolve();
    });
    child.on("exit", () =>
      reject(new Error(`the program ended before it printed ${String(pattern)}`)),
    );
  });
}

/** The peak that the kernel keeps. */
function peakResidentMb({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
}
