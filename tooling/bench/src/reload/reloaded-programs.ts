import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@mailseal/testkit/free-port";
import { domain, records, rsaKey } from "../fixtures.ts";
import { Children } from "../mail/children.ts";
import { processMb } from "../measuring/resident-memory.ts";
import { post } from "./raw-clients.ts";

/** Ports of the relay and the worker, by what each accepts. */
export interface Ports {
  readonly outbound: number;
  readonly inbound: number;
  readonly queue: number;
  readonly milter: number;
  readonly jobs: number;
}

const hooks = `
export function beforeSign(message) {
  const test = message.get("X-Hook");
  if (test === "throws") throw new Error("as asked");
  if (test === "leaves") Promise.reject(new Error("as asked"));
  return undefined;
}
export function afterVerify() {}
`;

/** A relay of two processes and a worker, with hooks, every kind of listener, and jobs: everything that can be reloaded. */
export class ReloadedPrograms {
  readonly ports: Ports;
  readonly #directory: string;
  readonly #children = new Children();
  readonly #programs: readonly (readonly [name: string, child: ChildProcess])[];

  private constructor(directory: string, ports: Ports, sinkPort: number) {
    this.#directory = directory;
    this.ports = ports;
    const file = this.#config(sinkPort);
    this.#programs = (["relay", "worker"] as const).map((name) => {
      const entry = new URL(`../../../../apps/${name}/bin/mailseal-${name}.js`, import.meta.url);
      const args = [fileURLToPath(entry), "--config", file];
      return [name, this.#children.start(process.execPath, args)];
    });
  }

  /** Resolves when both programs answer. */
  static async start(sinkPort: number): Promise<ReloadedPrograms> {
    const ports = {
      outbound: await freePort(),
      inbound: await freePort(),
      queue: await freePort(),
      milter: await freePort(),
      jobs: await freePort(),
    };
    const directory = mkdtempSync(join(tmpdir(), "mailseal-reload-"));
    const programs = new ReloadedPrograms(directory, ports, sinkPort);
    for (let attempts = 300; (await programs.reload()) < 2; attempts--) {
      if (attempts === 0) {
        await programs.close();
        throw new Error("relay and worker do not start");
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return programs;
  }

  /** Reloads both programs and resolves to how many of them succeeded. */
  async reload(): Promise<number> {
    const statuses = await Promise.all(
      ["relay.sock", "worker.sock"].map((name) =>
        post({ socketPath: join(this.#directory, name) }, "/reload"),
      ),
    );
    return statuses.filter((status) => status === 200).length;
  }

  /** Megabytes of each lasting process; hook processes, which end with their config, are added up. */
  residentMb(): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    let hookMb = 0;
    const visit = (pid: number, name: string): void => {
      found.set(name, processMb(pid));
      let workers = 0;
      for (const child of childrenOf(pid)) {
        const command = textOf(`/proc/${child}/cmdline`);
        // The process has ended.
        if (command === "") continue;
        if (command.includes("hook-process-main")) hookMb += processMb(child);
        else visit(child, `${name} process ${(workers += 1)}`);
      }
    };
    for (const [name, { pid }] of this.#programs) if (pid !== undefined) visit(pid, name);
    return found.set("all hooks", hookMb);
  }

  async close(): Promise<void> {
    await this.#children.end();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #config(sinkPort: number): string {
    const at = (name: string): string => join(this.#directory, name);
    writeFileSync(at("key.pem"), rsaKey.toPem(), { mode: 0o600 });
    writeFileSync(at("hooks.mjs"), hooks);
    const names = Object.fromEntries([...records].map(([name, record]) => [name, [record]]));
    writeFileSync(at("zone.json"), JSON.stringify(names));
    const { outbound, inbound, queue, milter, jobs } = this.ports;
    const config = {
      hostname: "mx.test",
      log: { level: "error" },
      domains: { [domain]: { signing: { selector: "rsa", key: at("key.pem") } } },
      dns: { zone: at("zone.json") },
      hooks: { module: at("hooks.mjs"), maxFailures: 1 },
      bindings: { out: { nextHop: { host: "127.0.0.1", port: sinkPort, tls: "never" } } },
      defaultBinding: "out",
      processes: 2,
      listeners: [
        { protocol: "smtp", direction: "outbound", listen: listen(outbound) },
        { protocol: "smtp", direction: "inbound", listen: listen(inbound) },
        { protocol: "smtp", direction: "outbound", mode: "queue", listen: listen(queue) },
        { protocol: "milter", listen: listen(milter) },
      ],
      queue: { file: at("queue.db") },
      spoolDirectory: this.#directory,
      admin: { listen: `unix:${at("relay.sock")}` },
      worker: {
        admin: `unix:${at("worker.sock")}`,
        retry: ["1s"],
        jobs: { listen: listen(jobs) },
      },
    };
    writeFileSync(at("mailseal.json"), JSON.stringify(config), { mode: 0o600 });
    return at("mailseal.json");
  }
}

function listen(port: number): string {
  return `127.0.0.1:${port}`;
}

function childrenOf(pid: number): readonly number[] {
  const pids = textOf(`/proc/${pid}/task/${pid}/children`).trim();
  return pids === "" ? [] : pids.split(" ").map(Number);
}

/** A process may end while its files are read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
