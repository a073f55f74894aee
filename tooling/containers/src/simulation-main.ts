/**
 * The compose example without a container engine: `simulation-main.ts FOLDER`, in mount, network and process namespaces of its
 * own. FOLDER holds the staged files of each app. Each service runs in a chroot as its Dockerfile says, with the user, the
 * volumes and the read-only root of compose.yaml. Prints what happened as one line of JSON.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { submit } from "@mailseal/testkit/smtp-client";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { parse, stringify } from "yaml";
import { composeFolder, readCompose, serviceOf } from "./compose.ts";
import { type App, type Image, readImage } from "./image.ts";
import { containerCommand, containerEnvironment, makeRootDirectory } from "./root-directory.ts";

/** What happened, for the test. */
export interface Simulated {
  /** The answer of `keygen --json`. */
  readonly key: { readonly name: string; readonly record: string };
  /** The exit codes of the health checks: before the programs start, while they serve, after they have stopped. */
  readonly health: Readonly<Record<"before" | "serving" | "after", readonly (number | null)[]>>;
  /** The owner of both processes and their effective capabilities. */
  readonly processes: readonly string[];
  /** The replies to a program of the host, another container, and a stranger. */
  readonly replies: Readonly<Record<"host" | "container" | "stranger", string>>;
  /** The message of the host as it was delivered. */
  readonly delivered: string;
  /** The exit codes after SIGTERM. */
  readonly ends: readonly (number | null)[];
  /** The error of writing beside the program. */
  readonly writing: string;
}

const natsAddress = "172.28.6.2";
const container = "172.28.5.9";
const stranger = "198.51.100.7";
const message = Buffer.from(
  "From: Ada <ada@example.com>\r\nTo: bob@example.net\r\nSubject: Lunch\r\n\r\nAt noon?\r\n",
);

const [folder = ""] = process.argv.slice(2);
const compose = readCompose();
const [network] = compose.networks["clients"]?.ipam?.config ?? [];
const host = network?.gateway ?? "";

execFileSync("ip", ["link", "set", "lo", "up"]);
for (const address of [host, container, natsAddress, stranger]) {
  execFileSync("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
}
const sink = await SmtpSink.start();
const nats = await startNats();
const relay = containerOf("relay", "relay");
const worker = containerOf("worker", "worker");
const tool = containerOf("mailseal", "cli");

const keygen = [
  "keygen",
  "-d",
  "example.com",
  "-s",
  "mail2026",
  "-o",
  "/etc/mailseal/keys",
  "--json",
];
const key = JSON.parse(tool.run([...tool.image.entrypoint, ...keygen]).stdout) as Simulated["key"];
const healthOf = (): readonly (number | null)[] =>
  [relay, worker].map(({ run, image }) => run(image.health ?? []).status);
const before = healthOf();
const programs = [relay, worker].map(({ start }) => start());
const serving = await untilHealthy();
const writing = relay.run(["touch", "/usr/lib/mailseal/relay/changed"]).stderr.trim();
const replies = {
  host: await send(host),
  container: await send(container),
  stranger: await send(stranger).catch(String),
};
const delivered = (await sink.next()).bytes.toString("latin1");
const processes = programs.map(({ pid }) => ownerOf(pid ?? 0));
const ends = await Promise.all(programs.map(stop));
const after = healthOf();
await Promise.all([stop(nats), sink.close()]);
const health = { before, serving, after };
const simulated: Simulated = { key, health, processes, replies, delivered, ends, writing };
process.stdout.write(`${JSON.stringify(simulated)}\n`);

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Container {
  readonly image: Image;
  run(words: readonly string[]): Ran;
  /** Starts what the image starts. */
  start(): ChildProcess;
}

function containerOf(service: string, app: App): Container {
  const root = join(folder, "roots", service);
  const image = readImage(app);
  makeRootDirectory(root, image, {
    staged: join(folder, app),
    service: serviceOf(compose, service),
    volumes: join(folder, "volumes"),
    files: new Map([["mailseal.yaml", writeConfig()]]),
    hosts: [`${natsAddress} nats`],
  });
  const options = { env: containerEnvironment };
  return {
    image,
    run: (words) => {
      const [program, given] = containerCommand(root, image, words);
      const { status, stdout, stderr } = spawnSync(program, given, {
        ...options,
        encoding: "utf8",
      });
      return { status, stdout, stderr };
    },
    start: () => {
      const [program, given] = containerCommand(root, image, [
        ...image.entrypoint,
        ...image.command,
      ]);
      return spawn(program, given, { ...options, stdio: ["ignore", "inherit", "inherit"] });
    },
  };
}

/** The config of the example, but for the next hop: there are no MX hosts here. */
function writeConfig(): string {
  const example = parse(readFileSync(join(composeFolder, "mailseal.yaml"), "utf8")) as {
    readonly queue: { readonly nats: Readonly<Record<string, unknown>> };
  };
  // The server of Debian 12 cannot sync each message.
  const old = natsVersion() < 2.1;
  const config = {
    ...example,
    bindings: { sink: { nextHop: { host: "127.0.0.1", port: sink.port, tls: "never" } } },
    defaultBinding: "sink",
    queue: { nats: { ...example.queue.nats, ...(old ? { durability: "os-buffered" } : {}) } },
  };
  const file = join(folder, "mailseal.yaml");
  writeFileSync(file, stringify(config), { mode: 0o644 });
  return file;
}

function natsVersion(): number {
  const text = execFileSync("nats-server", ["--version"], { encoding: "utf8" });
  const [, major = "0", minor = "0"] = /v(\d+)\.(\d+)/.exec(text) ?? [];
  return Number(major) + Number(minor) / 100;
}

/** NATS with the file of the example; the image has /data. */
async function startNats(): Promise<ChildProcess> {
  const text = readFileSync(join(composeFolder, "nats.conf"), "utf8");
  const file = join(folder, "nats.conf");
  const store = join(folder, "nats");
  mkdirSync(store);
  const known = natsVersion() < 2.1 ? text.replace(/^ *sync_interval.*$/m, "") : text;
  writeFileSync(file, known.replace("/data", store));
  const server = spawn("nats-server", ["--config", file], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  for (;;) {
    const answer = await fetch("http://127.0.0.1:8222/healthz").catch(() => undefined);
    if (answer?.ok === true) return server;
    await pause();
  }
}

async function untilHealthy(): Promise<readonly (number | null)[]> {
  for (;;) {
    const codes = healthOf();
    if (codes.every((code) => code === 0)) return codes;
    if (programs.some(({ exitCode }) => exitCode !== null)) return codes;
    await pause();
  }
}

async function send(localAddress: string): Promise<string> {
  const port = Number(relay.image.ports[0]);
  const { greeting, message: reply } = await submit({
    host: localAddress === stranger ? stranger : host,
    localAddress,
    port,
    mailFrom: "<ada@example.com>",
    rcptTo: ["<bob@example.net>"],
    message,
  });
  return reply ?? greeting;
}

function ownerOf(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return ["Uid", "Gid", "CapEff", "NoNewPrivs"]
    .map((name) => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1])
    .join(" ");
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = (await ended) as [number | null];
  return code;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}
