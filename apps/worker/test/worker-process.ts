import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Config, configSchema } from "@mailseal/config";
import type { Queue } from "@mailseal/queue";
import { startNatsServers } from "@mailseal/queue-contract/nats-server";
import { policyOf, Relay } from "@mailseal/relay";
import { createLog, openConfiguredQueue } from "@mailseal/service";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { submit } from "@mailseal/testkit/smtp-client";
import type { SinkReaction, SmtpSink } from "@mailseal/testkit/smtp-sink";
import { expect, onTestFinished } from "vitest";
import { content, startSink, testKey } from "./worker-under-test.ts";

const entry = fileURLToPath(new URL("run-main.ts", import.meta.url));

/** `mailseal-worker` as a process of its own. */
export class WorkerProcess {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  /** Its admin socket is open. */
  readonly delivers: Promise<void>;

  constructor(file: string) {
    this.process = spawn(process.execPath, [entry, "--config", file], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"] },
    });
    let delivering: () => void = () => undefined;
    this.delivers = new Promise((resolve) => {
      delivering = resolve;
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on("line", (line) => {
        this.lines.push(line);
        if (line.includes('"delivering"')) delivering();
      });
    }
    onTestFinished(async () => void (await this.end("SIGKILL")));
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, "exit");
      this.process.kill(signal);
      await ended;
    }
    return this.process.exitCode;
  }
}

export interface Setup {
  readonly sink: SmtpSink;
  readonly config: Config;
  readonly file: string;
  readonly queue: Queue;
  readonly port: number;
}

export function workerConfig(directory: string): Record<string, unknown> {
  return { admin: `unix:${join(directory, "worker.sock")}`, retry: ["100ms"] };
}

/** A relay in queue mode here, and a config file for workers that deliver to the sink. */
export async function setUp(
  react: (event: { stage: string; line: string; taken: number }) => SinkReaction,
  queueConfig?: Record<string, unknown>,
  more: Record<string, unknown> | ((sink: SmtpSink) => Record<string, unknown>) = {},
  directory: string = temporaryDirectory("test"),
): Promise<Setup> {
  const sink = await startSink({ react });
  const key = join(directory, "key.pem");
  writeFileSync(key, testKey.toPem(), { mode: 0o600 });
  const written = {
    hostname: "us.test",
    signing: { selector: "s1", key },
    bindings: { out: { nextHop: { host: "127.0.0.1", port: sink.port } } },
    defaultBinding: "out",
    listeners: [{ protocol: "smtp", listen: "127.0.0.1:0", direction: "outbound", mode: "queue" }],
    queue: queueConfig ?? { file: join(directory, "queue.db") },
    worker: workerConfig(directory),
    ...(typeof more === "function" ? more(sink) : more),
  };
  const file = join(directory, "mailseal.yaml");
  writeFileSync(file, JSON.stringify(written));
  const config = configSchema.parse(written);
  const log = createLog({ level: "silent", format: "json" }, { write: () => undefined });
  const relay = await Relay.start(await policyOf(config, () => undefined), { log });
  onTestFinished(() => relay.stop(0));
  const queue = await openConfiguredQueue(config.queue, "serve");
  onTestFinished(() => queue.close());
  const [address] = relay.addresses;
  return {
    sink,
    config,
    file,
    queue,
    port: address !== undefined && "port" in address ? address.port : 0,
  };
}

export async function send(port: number, recipient: string): Promise<void> {
  const { message } = await submit({
    port,
    mailFrom: "<joe@example.com>",
    rcptTo: [`<${recipient}>`],
    message: content,
  });
  expect(message).toMatch(/^250 .* queued$/);
}

export async function empty(queue: Queue): Promise<void> {
  while ((await queue.stats()).depth > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Ends the leases of a killed worker now, as an operator can who does not wait for them to expire. */
export async function releaseLeases(queue: Queue): Promise<void> {
  for (const { id, state } of (await queue.list({ limit: 1000 })).messages) {
    if (state === "leased") {
      await queue.hold(id);
      await queue.release(id);
    }
  }
}

/** Starts NATS servers for the test. Returns the config of a queue on them. */
export async function natsQueue(): Promise<Record<string, unknown>> {
  const servers = await startNatsServers();
  onTestFinished(() => servers.remove());
  return { nats: { servers: servers.urls, durability: "os-buffered" } };
}

/** Stops workers with SIGTERM and expects exit code 0. */
export async function expectCleanStop(...workers: readonly WorkerProcess[]): Promise<void> {
  const codes = await Promise.all(workers.map((worker) => worker.end("SIGTERM")));
  expect(codes).toEqual(workers.map(() => 0));
}
