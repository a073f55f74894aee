import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "@mailseal/testkit/free-port";
import { Children } from "./children.ts";
import type { Measurement } from "./measurement.ts";

const maximumResidentMb = 400;

/** How mail comes to it, and to what it is compared with: sessions, and octets of a message. */
export const houseLoad = { connections: 50, message: 2048 } as const;

/** A relay in queue mode, its embedded queue, and workers that deliver to a sink: each a process. */
export class MailHouse {
  readonly relayPort: number;
  readonly #sinkPort: number;
  readonly #directory = mkdtempSync(join(tmpdir(), "mailseal-bench-"));
  readonly #children = new Children();
  readonly #running = new Map<string, ChildProcess>();
  /** The most that each program had, in megabytes, of those that were ended. */
  readonly #peaks = new Map<string, number>();

  private constructor(relayPort: number, sinkPort: number) {
    this.relayPort = relayPort;
    this.#sinkPort = sinkPort;
  }

  static async open(sinkPort: number): Promise<MailHouse> {
    return new MailHouse(await freePort(), sinkPort);
  }

  /** Resolves when it takes mail. */
  async startRelay(): Promise<void> {
    await this.#start("relay", "relay", /serving/);
  }

  /** Resolves when both deliver. */
  async startWorkers(): Promise<void> {
    await Promise.all(
      ["worker 1", "worker 2"].map((program) => this.#start("worker", program, /delivering/)),
    );
  }

  /** As a machine does that loses its power, but for what is not on its disk. */
  async kill(): Promise<void> {
    this.#notePeaks();
    this.#running.clear();
    await this.#children.end();
  }

  /** The most that each program ever had. */
  memory(): readonly Measurement[] {
    this.#notePeaks();
    return Array.from(this.#peaks, ([program, megabytes]) => ({
      name: `resident, ${program}`,
      against: "the limit",
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
    const entry = new URL(`../../../apps/${app}/bin/mailseal-${app}.js`, import.meta.url);
    const args = [fileURLToPath(entry), "--config", this.#config(program)];
    const child = this.#children.start(process.execPath, args);
    this.#running.set(program, child);
    await lineOf(child, ready);
  }

  /** No signing: it is the queue that is measured. */
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
    child.on("exit", () => reject(new Error(`it ended before ${String(pattern)}`)));
  });
}

/** As Linux counts. */
function peakResidentMb({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
}
