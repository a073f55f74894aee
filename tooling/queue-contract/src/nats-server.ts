/** Debian's `nats-server`, started with JetStream on a loopback port and a store of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

export const natsServerMissing: string | undefined =
  spawnSync("nats-server", ["--version"]).error === undefined
    ? undefined
    : "nats-server is missing: apt-get install nats-server";

export interface NatsServer {
  readonly url: string;
  /** Its process; undefined while it is not running. */
  readonly process: ChildProcess | undefined;
  /** Starts it again after `kill` or `stop`, with the same port and store. */
  start(): Promise<void>;
  /** Ends it with SIGKILL. Resolves when it has exited. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface NatsServers {
  readonly servers: readonly NatsServer[];
  readonly urls: readonly string[];
  /** Kills them and removes their stores. */
  remove(): Promise<void>;
}

const startTimeoutMs = 30_000;

/**
 * Starts `count` servers, as a cluster if there are several, and resolves when JetStream answers. `settings` are further
 * lines of their config, which must let a client without a login use all of JetStream. `maxFileStore` limits the storage
 * of each server.
 */
export async function startNatsServers(
  count = 1,
  settings = "",
  maxFileStore = "8GB",
): Promise<NatsServers> {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-nats-"));
  const ports = await freePorts(2 * count);
  const routes = ports.slice(count).map((port) => `nats://127.0.0.1:${port}`);
  const servers = Array.from({ length: count }, (_, index) => {
    const cluster =
      count === 1
        ? ""
        : `cluster { name: mailseal, listen: "127.0.0.1:${ports[count + index]}", routes: ${JSON.stringify(routes)} }`;
    const file = join(directory, `${index}.conf`);
    writeFileSync(
      file,
      `server_name: n${index}
listen: "127.0.0.1:${ports[index]}"
jetstream { store_dir: ${JSON.stringify(join(directory, `store-${index}`))}, max_memory_store: 64MB, max_file_store: ${maxFileStore} }
${cluster}
${settings}\n`,
    );
    return new RunningServer(file, `nats://127.0.0.1:${ports[index]}`);
  });
  const urls = servers.map(({ url }) => url);
  const remove = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.kill()));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await Promise.all(servers.map((server) => server.start()));
    await jetStreamAnswers(urls);
  } catch (error) {
    await remove();
    throw error;
  }
  return { servers, urls, remove };
}

class RunningServer implements NatsServer {
  readonly url: string;
  readonly #file: string;
  #process: ChildProcess | undefined;

  constructor(file: string, url: string) {
    this.#file = file;
    this.url = url;
  }

  get process(): ChildProcess | undefined {
    return this.#process;
  }

  async start(): Promise<void> {
    const started = spawn("nats-server", ["-c", this.#file], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = started;
    let output = "";
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`nats-server did not start: ${output}`)),
        startTimeoutMs,
      );
      started.stderr.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-4000);
        if (!output.includes("Server is ready")) return;
        clearTimeout(timer);
        resolve();
      });
      started.once("exit", () => {
        clearTimeout(timer);
        reject(new Error(`nats-server ended: ${output}`));
      });
    });
    started.stderr.resume();
  }

  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill(signal);
    await ended;
  }
}

/** A cluster answers only when it has chosen a leader. */
async function jetStreamAnswers(urls: readonly string[]): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const connection = await connect({ servers: [...urls] });
    try {
      const manager = await jetstreamManager(connection, { timeout: 2000 });
      const probe = { name: "probe", subjects: ["probe"], num_replicas: urls.length };
      await manager.streams.add(probe);
      await manager.streams.delete("probe");
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      await connection.close();
    }
  }
}

/** Ports that were free a moment ago, because servers of a cluster must know each other's ports before they start. */
async function freePorts(count: number): Promise<readonly number[]> {
  const listeners = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const listener = createServer();
          listener.listen(0, "127.0.0.1", () => resolve(listener));
        }),
    ),
  );
  return Promise.all(
    listeners.map((listener) => {
      const address = listener.address();
      if (address === null || typeof address === "string") throw new Error("expected a port");
      return new Promise<number>((resolve) => listener.close(() => resolve(address.port)));
    }),
  );
}
