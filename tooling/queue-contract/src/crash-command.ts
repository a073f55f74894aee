/**
 * Many rounds of crash tests: processes and the server are killed, the clock is set, and the disk filled.
 *
 *     pnpm --filter @mailseal/queue-contract crash -- --rounds 300 [--backend embedded|nats] [--victims any|server] [--seed N] [--write]
 *
 * Prints the seed first, and then one line for each backend, which `--write` also writes to
 * `docs/guides/queue-and-workers.md`. Exits with 1 if the contract was broken. The disk of the embedded queue is a small
 * tmpfs; if that cannot be mounted, a line reports that the disk is not filled. The disk of JetStream is the storage that the server may use.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  fileSystem,
  jetStreamStorage,
  reservedBytes,
  smallDisk,
  startOnSmallDisk,
} from "./crash/disk.ts";
import { type CrashResult, runCrashRounds } from "./crash/rounds.ts";
import { startNatsServers } from "./nats-server.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    rounds: { type: "string", default: "300" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    backend: { type: "string" },
    victims: { type: "string", default: "any" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed);
const guide = fileURLToPath(new URL("../../../docs/guides/queue-and-workers.md", import.meta.url));

const again =
  smallDisk === undefined && values.backend !== "nats"
    ? startOnSmallDisk(fileURLToPath(import.meta.url))
    : undefined;
if (again === undefined) await run();
else process.exitCode = again;

async function run(): Promise<void> {
  console.log(`seed ${seed}`);
  if (values.backend !== "nats") report("embedded", await embedded());
  if (values.backend !== "embedded") report("nats", await nats());
}

async function embedded(): Promise<CrashResult> {
  if (smallDisk === undefined) {
    console.log("the disk is not filled: a tmpfs cannot be mounted here (unshare --mount)");
  }
  const directory = mkdtempSync(join(smallDisk ?? tmpdir(), "mailseal-crash-queue-"));
  try {
    const file = join(directory, "queue.db");
    const queue = { kind: "embedded", file } as const;
    if (smallDisk === undefined) return await runCrashRounds({ rounds, seed, queue });
    const minFreeBytes = reservedBytes;
    const disk = fileSystem(smallDisk);
    return await runCrashRounds({ rounds, seed, queue: { ...queue, minFreeBytes }, disk });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function nats(): Promise<CrashResult> {
  const { servers, urls, remove } = await startNatsServers(1, "", "256MB");
  try {
    const [server] = servers;
    const queue = { kind: "nats", servers: urls, name: "crash" } as const;
    const victims = values.victims === "server" ? "server" : "any";
    const disk = jetStreamStorage(urls);
    return await runCrashRounds({ rounds, seed, queue, victims, disk, ...(server && { server }) });
  } finally {
    await remove();
  }
}

function report(backend: "embedded" | "nats", result: CrashResult): void {
  const { acknowledged, lost, delivered, extra, leasedAtKills, breaches } = result;
  const { kills, serverKills, steps, fills } = result;
  const lines = [
    `${rounds} rounds, seed ${seed}: ${kills - serverKills} kills of processes, ${serverKills} of the server, ${steps} clock steps, ${fills} times a full disk;`,
    `messages acknowledged, by number of destinations: ${listed(result.byDestinations)}; refused and repeated: ${listed(result.refused) || "none"};`,
    `copies acknowledged ${acknowledged}, delivered ${delivered}, lost ${lost};`,
    `extra copies ${extra.leasedAtKill + extra.afterLease}: ${extra.leasedAtKill} of the ${leasedAtKills} messages leased at a kill, ${extra.afterLease} after an expired lease; delivered again without a body ${result.bodyless}; breaches ${breaches.length}`,
  ];
  console.log(`${backend}: ${lines.join(" ")}`);
  for (const breach of breaches.slice(0, 20)) console.log(`  ${breach}`);
  if (breaches.length > 0 || acknowledged === 0) process.exitCode = 1;
  if (values.write) write(backend, lines);
}

function listed(counts: ReadonlyMap<string | number, number>): string {
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, count]) => `${what}: ${count}`)
    .join(", ");
}

function write(backend: "embedded" | "nats", lines: readonly string[]): void {
  const [start, end] = [`<!-- crash ${backend} -->`, `<!-- /crash ${backend} -->`];
  const text = readFileSync(guide, "utf8");
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`expected ${start} and ${end} in ${guide}`);
  const command = `pnpm --filter @mailseal/queue-contract crash -- --rounds ${rounds} --backend ${backend} --seed ${seed}`;
  const day = new Date().toISOString().slice(0, 10);
  const name = { embedded: "Embedded queue", nats: "JetStream" }[backend];
  const section = `${name}, by \`${command}\` on ${day}:\n${lines.join("\n")}.\n`;
  writeFileSync(guide, `${text.slice(0, from + start.length)}\n\n${section}\n${text.slice(to)}`);
}
