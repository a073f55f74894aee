/**
 * Crash tests in number.
 *
 *     pnpm --filter @mailseal/queue-contract crash -- --rounds 300 [--backend embedded|nats] [--victims any|server] [--seed N]
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
    victims: { type: "string", default: "any" },
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
    const victims = values.victims === "server" ? "server" : "any";
    const result = await runCrashRounds({
      rounds,
      seed,
      queue,
      victims,
      ...(server && { server }),
    });
    report("NATS JetStream", result);
  } finally {
    await remove();
  }
}

function report(backend: string, result: Awaited<ReturnType<typeof runCrashRounds>>): void {
  const { kills, steps, acknowledged, delivered, extra, inHandAtKills, breaches } = result;
  console.log(
    `${backend}: ${kills} kills, ${steps} steps of the clock, ${acknowledged} acknowledged, ${delivered} delivered; extra copies: ${extra.inHandAtKill} of ${inHandAtKills} in hand at a kill, ${extra.afterLease} after the end of a lease; ${breaches.length} breaches`,
  );
  for (const breach of breaches.slice(0, 20)) console.log(`  ${breach}`);
  if (breaches.length > 0 || acknowledged === 0) process.exitCode = 1;
}
