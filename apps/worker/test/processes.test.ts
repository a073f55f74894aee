import { execFile } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { documentedMetrics, exportedMetrics } from "@mailseal/testkit/metric-list";
import { verify } from "@mailseal/verifier";
import { describe, expect, test } from "vitest";
import {
  empty,
  expectCleanStop,
  natsQueue,
  releaseLeases,
  send,
  setUp,
  WorkerProcess,
} from "./worker-process.ts";
import { content, testKeys } from "./worker-under-test.ts";

const keys = testKeys("example.com");

describe("relay, queue, worker, sink", { timeout: 60_000 }, () => {
  test("mail is signed, retried and bounced, and the worker ends at SIGTERM", async () => {
    const journal = join(temporaryDirectory("test"), "rotation.db");
    const { sink, file, queue, port } = await setUp(
      ({ stage, line, taken }) => {
        if (stage !== "rcpt") return undefined;
        if (line.includes("nobody")) return "550 5.1.1 No such user";
        return line.includes("later") && taken < 2 ? "451 4.3.0 Later" : undefined;
      },
      undefined,
      { rotation: { journal } },
    );
    for (const name of ["ann", "later", "nobody"]) await send(port, `${name}@example.net`);
    const worker = new WorkerProcess(file);
    const taken = [await sink.next(), await sink.next(), await sink.next()];
    await empty(queue);
    expect(taken.map(({ mailFrom }) => mailFrom.split(" ")[0]).toSorted()).toEqual([
      "<>",
      "<joe@example.com>",
      "<joe@example.com>",
    ]);
    const [first] = taken;
    const { signatures } = await verify(first?.bytes ?? content, { keys });
    expect(signatures.map(({ result }) => result)).toEqual(["pass"]);
    expect(existsSync(journal)).toBe(true);
    await expectCleanStop(worker);
  });

  test("each message is delivered at least once if a worker is killed in the middle of deliveries", async () => {
    let hang = true;
    let reached: () => void = () => undefined;
    const inside = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const { sink, file, queue, port } = await setUp(({ stage, taken }) => {
      if (stage !== "message" || taken < 5 || !hang) return undefined;
      reached();
      return "hang";
    });
    for (let at = 0; at < 20; at++) await send(port, `a${at}@example.net`);
    const first = new WorkerProcess(file);
    await inside;
    await first.end("SIGKILL");
    hang = false;
    expect((await queue.stats()).depth).toBeGreaterThan(0);
    await releaseLeases(queue);
    const second = new WorkerProcess(file);
    await empty(queue);
    const recipients = sink.messages.flatMap(({ rcptTo }) => rcptTo);
    expect(new Set(recipients).size).toBe(20);
    await expectCleanStop(second);
  });

  test("two workers share a backlog, and deliver each message once", async () => {
    const { sink, file, queue, port } = await setUp(() => undefined);
    for (let at = 0; at < 100; at++) await send(port, `a${at}@example.net`);
    const written = JSON.parse(readFileSync(file, "utf8")) as { worker: { admin: string } };
    const directory = temporaryDirectory("test");
    const other = join(directory, "other.yaml");
    written.worker.admin = `unix:${join(directory, "worker.sock")}`;
    writeFileSync(other, JSON.stringify(written));
    const workers = [new WorkerProcess(file), new WorkerProcess(other)];
    await Promise.all(workers.map(({ delivers }) => delivers));
    await empty(queue);
    expect(sink.messages).toHaveLength(100);
    expect(new Set(sink.messages.flatMap(({ rcptTo }) => rcptTo)).size).toBe(100);
    await expectCleanStop(...workers);
  });

  test("with NATS JetStream", async () => {
    const { sink, file, queue, port } = await setUp(
      ({ stage, line, taken }) =>
        stage === "rcpt" && line.includes("later") && taken === 0 ? "451 4.3.0 Later" : undefined,
      await natsQueue(),
    );
    for (const name of ["ann", "later"]) await send(port, `${name}@example.net`);
    const worker = new WorkerProcess(file);
    const taken = [await sink.next(), await sink.next()];
    await empty(queue);
    expect(taken.flatMap(({ rcptTo }) => rcptTo).toSorted()).toEqual([
      "<ann@example.net>",
      "<later@example.net>",
    ]);
    await expectCleanStop(worker);
  });
});

const cli = fileURLToPath(
  new URL("bin/mailseal.js", import.meta.resolve("@mailseal/cli/package.json")),
);

/** What `mailseal` prints when it asks the worker. */
async function mailseal(admin: string, ...args: readonly string[]): Promise<string> {
  const asked = [cli, ...args, "--admin", admin];
  return (await promisify(execFile)(process.execPath, asked, { timeout: 30_000 })).stdout;
}

async function scraped(admin: string): Promise<string> {
  const socketPath = admin.slice("unix:".length);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ socketPath, path: "/metrics" }, resolve).on("error", reject);
  });
  return text(response);
}

test(
  "mailseal stats and Prometheus show the worker's counts, also after a restart",
  { timeout: 60_000 },
  async () => {
    const statistics = { file: join(temporaryDirectory("test"), "statistics") };
    const { config, file, queue, port } = await setUp(() => undefined, undefined, { statistics });
    const { admin } = config.worker;
    for (const name of ["ann", "bob"]) await send(port, `${name}@example.net`);
    const first = new WorkerProcess(file);
    await first.delivers;
    await empty(queue);
    expect(await mailseal(admin, "stats")).toMatch(/TotalMessagesSigned.* 2$/m);
    await first.end("SIGTERM");

    const second = new WorkerProcess(file);
    await second.delivers;
    expect(await mailseal(admin, "stats", "--domain", "example.com")).toMatch(/Signed.* 2$/m);
    const metrics = await scraped(admin);
    expect(metrics).toMatch(/^mailseal_signatures_total.* 2$/m);
    expect(metrics).toMatch(/^mailseal_delivery_seconds_count 2$/m);
    expect(metrics).toMatch(/^mailseal_queue_messages.* 0$/m);
    // docs/guides/monitoring.md lists every metric of the worker, and no other.
    expect(exportedMetrics(metrics)).toEqual(documentedMetrics("relay and worker"));
    expect(await mailseal(admin, "stats", "reset")).toBe("Signing Statistics are reset\n");
    expect(await scraped(admin)).not.toMatch(/^mailseal_signatures_total.* 2$/m);
    await expectCleanStop(second);
  },
);

test(
  "mail that is missing from the queue's file is an error in the worker's log",
  { timeout: 60_000 },
  async () => {
    const { queue, file, config, port } = await setUp(() => undefined);
    await send(port, "ann@example.net");
    const live = config.queue?.file ?? "";
    const left = join(temporaryDirectory("test"), "queue.db");
    // As a kill leaves it, and then without its WAL.
    copyFileSync(live, left);
    copyFileSync(`${live}-mark`, `${left}-mark`);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(live, left));
    const worker = new WorkerProcess(file);
    await worker.delivers;
    expect(worker.lines.filter((line) => line.includes('"error"'))).toEqual([
      expect.stringMatching(
        /the last \d+ transactions of .* are missing: up to 1 accepted message/,
      ),
    ]);
    expect((await queue.stats()).depth).toBe(1);
  },
);
