/**
 * Measures the embedded queue on this machine, and the disk for comparison.
 *
 *     pnpm --filter @mailseal/queue-contract measure -- [--messages 1000000] [--directory /var/tmp]
 *
 * Adds messages of 2 KB, nine tenths of them to one deep route and the rest to 10,000 others; takes messages of the other
 * routes; opens the file again; takes and settles messages.
 */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openQueue, type Queue } from "@mailseal/queue";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    messages: { type: "string", default: "1000000" },
    adders: { type: "string", default: "500" },
    directory: { type: "string", default: tmpdir() },
  },
});
const messages = Number(values.messages);
const body = Buffer.alloc(2048, "x");
const deepRoute = "deep.example";

const directory = mkdtempSync(join(values.directory, "mailseal-measure-"));
try {
  const file = join(directory, "queue.db");
  print("disk: writes of 2 KB with fsync", `${rawWrites(join(directory, "raw"))}/s`);
  let queue = await openQueue({ file });
  print("add, 2 KB, durable", `${await fill(queue)}/s`);
  print("file", `${Math.round(statSync(file).size / 1e6)} MB for ${messages} messages`);
  print("take of 100 without the deep route", await timeTakes(queue, new Set([deepRoute])));
  print("take of 100 from all routes", await timeTakes(queue, new Set()));
  print("stats", await time(() => queue.stats()));
  await queue.close();

  const start = performance.now();
  queue = await openQueue({ file });
  const leases = await queue.take(100);
  print("reopen and take the first 100", `${Math.round(performance.now() - start)} ms`);
  await Promise.all(leases.map((lease) => lease.release()));
  print("take, read, done", `${await drain(queue, Math.min(messages, 200_000))}/s`);
  await queue.close();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function print(what: string, value: string): void {
  const residentMb = Math.round(process.memoryUsage.rss() / 1e6);
  console.log(`${what.padEnd(40)} ${value.padEnd(32)} ${residentMb} MB resident`);
}

function rawWrites(path: string): number {
  const descriptor = openSync(path, "w");
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 2000) {
    writeSync(descriptor, body);
    fsyncSync(descriptor);
    count += 1;
  }
  closeSync(descriptor);
  return Math.round(count / 2);
}

async function fill(queue: Queue): Promise<number> {
  const start = performance.now();
  let next = 0;
  const adder = async (): Promise<void> => {
    while (next < messages) {
      const index = next++;
      const route = index % 10 === 0 ? `r${(index / 10) % 10_000}.example` : deepRoute;
      const destinations = [{ route, recipients: [{ address: `u${index}@${route}` }] }];
      const envelope = { from: "a@example.com" };
      await queue.add({ envelope, destinations, dedupId: `transaction-${index}` }, body);
    }
  };
  await Promise.all(Array.from({ length: Number(values.adders) }, adder));
  return rate(messages, start);
}

async function timeTakes(queue: Queue, excludeRoutes: ReadonlySet<string>): Promise<string> {
  const taken: (() => Promise<void>)[] = [];
  const rounds = 20;
  const spent = await time(async () => {
    for (let round = 0; round < rounds; round += 1) {
      for (const lease of await queue.take(100, { excludeRoutes }))
        taken.push(() => lease.release());
    }
  }, rounds);
  const got = taken.length / rounds;
  await Promise.all(taken.map((release) => release()));
  return `${spent}, ${got} taken`;
}

async function drain(queue: Queue, count: number): Promise<number> {
  const start = performance.now();
  let ended = 0;
  const worker = async (): Promise<void> => {
    while (ended < count) {
      const leases = await queue.take(100);
      if (leases.length === 0) return;
      await Promise.all(
        leases.map(async (lease) => {
          await lease.bytes();
          await lease.done();
        }),
      );
      ended += leases.length;
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return rate(ended, start);
}

async function time(act: () => Promise<unknown>, rounds = 1): Promise<string> {
  const start = performance.now();
  await act();
  return `${((performance.now() - start) / rounds).toFixed(1)} ms`;
}

function rate(count: number, start: number): number {
  return Math.round((count / (performance.now() - start)) * 1000);
}
