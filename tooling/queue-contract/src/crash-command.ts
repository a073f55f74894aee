/**
 * Crash tests in number.
 *
 *     pnpm --filter @mailseal/queue-contract crash -- --rounds 300 [--backend embedded|nats] [--seed N]
 *
 * Prints the seed first and one line for each backend; exits with 1 where the contract was broken.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runCrashRounds } from "./crash/rounds.ts";
import { startNatsServers } from "./nats-server.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    rounds: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    backend: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed);
console.log(`seed ${seed}`);

if (values.backend !== "nats") {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-crash-queue-"));
  try {
    const queue = { kind: "embedded", file: join(directory, "queue.db") } as const;
    report("embedded", await runCrashRounds({ rounds, seed, queue }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
if (values.backend !== "embedded") {
  const { servers, urls, remove } = await startNatsServers();
  try {
    const [server] = servers;
    const queue = { kind: "nats", servers: urls, name: "crash" } as const;
    const result = await runCrashRounds({ rounds, seed, queue, ...(server && { server }) });
    report("NATS JetStream", result);
  } finally {
    await remove();
  }
}

function report(backend: string, result: Awaited<ReturnType<typeof runCrashRounds>>): void {
  const { kills, steps, acknowledged, delivered, repeated, breaches } = result;
  console.log(
    `${backend}: ${kills} kills, ${steps} steps of the clock, ${acknowledged} acknowledged, ${delivered} delivered, ${repeated} of them more than once, ${breaches.length} breaches`,
  );
  for (const breach of breaches.slice(0, 20)) console.log(`  ${breach}`);
  if (breaches.length > 0 || acknowledged === 0) process.exitCode = 1;
}
