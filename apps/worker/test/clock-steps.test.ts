import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { configSchema } from "@mailseal/config";
import { natsServerMissing } from "@mailseal/queue-contract/nats-server";
import { openConfiguredQueue } from "@mailseal/service";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, onTestFinished, test } from "vitest";
import { natsQueue } from "./worker-process.ts";
import { content, mailTo, startSink, startWorker } from "./worker-under-test.ts";

const hourMs = 3_600_000;

test.each([-hourMs, hourMs])("a clock that steps by %i ms delays no delivery", async (stepMs) => {
  let ahead = 0;
  // The clock is set while the first message is being delivered.
  const sink = await startSink({
    react: ({ stage }) => {
      if (stage === "message") ahead = stepMs;
      return undefined;
    },
  });
  const { queue, logged, worker } = await startWorker({
    port: sink.port,
    now: () => Date.now() + ahead,
    elapsedMs: () => performance.now(),
    worker: { destinationConcurrency: 1 },
  });
  const six = Array.from({ length: 6 }, () => mailTo(["ann@a.example"]));
  await Promise.all(six.map((message) => queue.add(message, content)));
  await logged(() => sink.messages.length === 6);
  await worker.stop(0);
  expect(sink.messages).toHaveLength(6);
});

const entry = fileURLToPath(new URL("run-main.ts", import.meta.url));
const setClock = fileURLToPath(import.meta.resolve("@mailseal/queue-contract/set-clock"));

interface SteppedWorker {
  readonly queue: Awaited<ReturnType<typeof openConfiguredQueue>>;
  /** Sets the clock of the process. */
  readonly step: (aheadMs: number) => void;
  /** Resolves to the exit code and how long it took. */
  readonly end: () => Promise<number | null>;
}

/** A worker as a process of its own, whose clock can be set. */
async function steppedWorker(
  port: number,
  queueConfig?: Record<string, unknown>,
): Promise<SteppedWorker> {
  const directory = temporaryDirectory("test");
  const clockFile = join(directory, "clock");
  writeFileSync(clockFile, "0");
  const written = {
    hostname: "us.test",
    signing: { sign: false },
    bindings: { out: { nextHop: { host: "127.0.0.1", port, connections: 2 } } },
    defaultBinding: "out",
    queue: queueConfig ?? { file: join(directory, "queue.db") },
    worker: { admin: `unix:${join(directory, "worker.sock")}`, retry: ["300ms"] },
  };
  const file = join(directory, "mailseal.yaml");
  writeFileSync(file, JSON.stringify(written));
  const queue = await openConfiguredQueue(configSchema.parse(written).queue, "serve");
  onTestFinished(() => queue.close());
  const child = spawn(process.execPath, ["--import", setClock, entry, "--config", file], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], MAILSEAL_CLOCK_FILE: clockFile },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise<void>((resolve) => {
    createInterface(child.stdout).on("line", (line) => {
      if (line.includes('"delivering"')) resolve();
    });
  });
  return {
    queue,
    step: (aheadMs) => writeFileSync(clockFile, String(aheadMs)),
    end: async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      return child.exitCode;
    },
  };
}

/** Resolves to the exit code. */
async function underSteps(queueConfig?: Record<string, unknown>): Promise<number | null> {
  let later = 10;
  const sink = await startSink({
    react: ({ stage }) => (stage === "message" && later-- > 0 ? "451 4.2.0 Later" : undefined),
  });
  const { queue, step, end } = await steppedWorker(sink.port, queueConfig);
  const addresses = Array.from({ length: 60 }, (_, at) => `a${at}@example.net`);
  for (const [at, address] of addresses.entries()) {
    const route = "next-hop out";
    const { destinations, ...message } = mailTo([address]);
    const recipients = destinations.flatMap((it) => it.recipients);
    await queue.add({ ...message, destinations: [{ route, recipients }] }, content);
    if (at % 20 === 10) step([hourMs, -hourMs, 0][Math.floor(at / 20)] ?? 0);
  }
  while ((await queue.stats()).depth > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const delivered = sink.messages.flatMap(({ rcptTo }) => rcptTo).toSorted();
  expect(delivered).toEqual(addresses.map((address) => `<${address}>`).toSorted());
  // It is told to stop while mail is being delivered and some of it waits for its turn, by a clock that goes back.
  later = Infinity;
  await queue.add(mailTo(["last@example.net"]), content);
  step(-hourMs);
  return end();
}

describe(
  "a worker whose clock steps by an hour, ahead and back, under load",
  { timeout: 60_000 },
  () => {
    test("delivers each message once, and ends at SIGTERM: embedded queue", async () => {
      expect(await underSteps()).toBe(0);
    });

    test.skipIf(natsServerMissing !== undefined && process.env["CI"] === undefined)(
      "delivers each message once, and ends at SIGTERM: NATS JetStream",
      async () => {
        expect(await underSteps(await natsQueue())).toBe(0);
      },
    );
  },
);
