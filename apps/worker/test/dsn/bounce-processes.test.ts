import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDnsServer } from "@mailseal/testkit/dns-server";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { fillDisk, smallDisk } from "@mailseal/testkit/small-disk";
import { submit } from "@mailseal/testkit/smtp-client";
import type { SinkMessage } from "@mailseal/testkit/smtp-sink";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  empty,
  expectCleanStop,
  natsQueue,
  releaseLeases,
  type Setup,
  setUp,
  workerConfig,
  WorkerProcess,
} from "../worker-process.ts";
import { content } from "../worker-under-test.ts";

const mebibyte = 1024 * 1024;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const isBounce = ({ mailFrom }: SinkMessage): boolean => mailFrom.startsWith("<>");

/** Mail goes to MX hosts: a name has no such host, but for the forged sender's. */
async function setUpDns(
  queueConfig?: Record<string, unknown>,
): Promise<Setup & { readonly other: string }> {
  const dns = await startDnsServer({ "forged.example": { a: ["127.0.0.1"] } });
  onTestFinished(() => dns.close());
  const [directory, otherDirectory] = [temporaryDirectory("test"), temporaryDirectory("test")];
  const configOf = (admin: string, port: number): Record<string, unknown> => ({
    bindings: {},
    defaultBinding: undefined,
    // A burst of 300 lookups can overflow the socket of the name server: a lost one is repeated while failures are gathered.
    dns: { servers: [dns.address], timeout: "1s" },
    worker: { ...workerConfig(admin), port, mtaSts: false, bounces: { gather: "3s" } },
  });
  let port = 0;
  const started = await setUp(
    () => undefined,
    queueConfig,
    (sink) => {
      ({ port } = sink);
      return configOf(directory, port);
    },
    directory,
  );
  const other = join(otherDirectory, "other.yaml");
  const written = { hostname: "us.test", signing: { sign: false }, queue: started.config.queue };
  writeFileSync(other, JSON.stringify({ ...written, ...configOf(otherDirectory, port) }));
  return { ...started, other };
}

async function sendToMany(port: number, count: number): Promise<void> {
  const { message } = await submit({
    port,
    mailFrom: "<victim@forged.example>",
    rcptTo: Array.from({ length: count }, (_, at) => `<ann@d${at}.example>`),
    message: content,
  });
  expect(message).toMatch(/^250 .* queued$/);
}

function told(messages: readonly SinkMessage[]): readonly string[] {
  return messages.flatMap(({ bytes }) =>
    Array.from(bytes.toString().matchAll(/^Final-Recipient: rfc822; (\S+)/gm), ([, to = ""]) => to),
  );
}

describe("a forged sender, and 300 domains that fail", { timeout: 120_000 }, () => {
  test("one bounce, with the header only, from two workers", async () => {
    const { sink, port, file, other, queue } = await setUpDns();
    await sendToMany(port, 300);
    const workers = [new WorkerProcess(file), new WorkerProcess(other)];
    await empty(queue);
    expect(sink.messages).toHaveLength(1);
    const [bounce] = sink.messages;
    expect(bounce?.rcptTo[0]).toMatch(/^<victim@forged\.example>/);
    expect(told(sink.messages)).toHaveLength(300);
    expect(new Set(told(sink.messages)).size).toBe(300);
    expect(bounce?.bytes.toString()).toContain("Subject: Lunch");
    expect(bounce?.bytes.toString()).not.toContain("At noon?");
    expect(bounce?.bytes.length).toBeLessThan(300 * 400);
    await expectCleanStop(...workers);
  });

  test("one bounce from two workers with NATS JetStream", async () => {
    const { sink, port, file, other, queue } = await setUpDns(await natsQueue());
    await sendToMany(port, 100);
    const workers = [new WorkerProcess(file), new WorkerProcess(other)];
    await empty(queue);
    expect(sink.messages).toHaveLength(1);
    expect(new Set(told(sink.messages)).size).toBe(100);
    await expectCleanStop(...workers);
  });

  test("gathered failures survive kill -9, and are reported at most once more", async () => {
    const { sink, port, file, queue } = await setUpDns();
    await sendToMany(port, 300);
    const first = new WorkerProcess(file);
    const notices = async (): Promise<number> =>
      (await queue.stats({ maxRoutes: 1000 })).routes
        .filter(({ route }) => route.startsWith("notices "))
        .reduce((sum, { depth }) => sum + depth, 0);
    while ((await notices()) < 100) await pause(20);
    await first.end("SIGKILL");
    await releaseLeases(queue);
    const second = new WorkerProcess(file);
    await empty(queue);
    expect(sink.messages.length).toBeLessThanOrEqual(2);
    expect(new Set(told(sink.messages)).size).toBe(300);
    await expectCleanStop(second);
  });
});

describe("a disk that is almost full", { timeout: 60_000 }, () => {
  const refusing = ({ stage, line }: { stage: string; line: string }): string | undefined =>
    stage === "rcpt" && line.includes("nobody") ? "550 5.1.1 No such user" : undefined;

  async function setUpDisk(leftMebibytes: number) {
    const directory = smallDisk(112 * mebibyte, "test");
    if (directory === undefined) return undefined;
    const started = await setUp(refusing, {
      file: join(directory, "queue.db"),
      highWater: { diskFree: "1MB" },
    });
    const { message } = await submit({
      port: started.port,
      mailFrom: "<joe@example.com>",
      rcptTo: ["<ann@example.net>", "<nobody@example.net>"],
      message: content,
    });
    expect(message).toMatch(/^250/);
    return { ...started, ballast: fillDisk(directory, leftMebibytes * mebibyte) };
  }

  test("still accepts bounces when it accepts no other mail, because they may use the reserve", async () => {
    const started = await setUpDisk(58);
    if (started === undefined) return;
    const { sink, file, queue } = started;
    const added = queue.add(
      {
        envelope: { from: "a@b" },
        destinations: [{ route: "x", recipients: [{ address: "c@d" }] }],
      },
      content,
    );
    await expect(added).rejects.toMatchObject({ code: "queue-full" });
    const worker = new WorkerProcess(file);
    await empty(queue);
    expect(sink.messages.filter(isBounce)).toHaveLength(1);
    expect(sink.messages).toHaveLength(2);
    await expectCleanStop(worker);
  });

  test("has no message delivered twice, and its bounce sent when there is room", async () => {
    const started = await setUpDisk(30);
    if (started === undefined) return;
    const { sink, file, queue, ballast } = started;
    const worker = new WorkerProcess(file);
    while (
      !worker.lines.some((line) =>
        /"attempt":3,.*"noBounce":"the bounce could not be queued/.test(line),
      )
    ) {
      await pause(20);
    }
    rmSync(ballast);
    await empty(queue);
    expect(sink.messages.map(({ rcptTo }) => rcptTo[0]?.split(" ")[0])).toEqual([
      "<ann@example.net>",
      "<joe@example.com>",
    ]);
    await expectCleanStop(worker);
  });
});
