import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { configSchema } from "@mailseal/config";
import { QueueError } from "@mailseal/queue";
import { policyOf } from "@mailseal/service";
import { expectCollected } from "@mailseal/testkit/garbage";
import type { SinkEvent } from "@mailseal/testkit/smtp-sink";
import { describe, expect, test } from "vitest";
import { withFaults } from "./faulty-queue.ts";
import { content, mailTo, openTestQueue, startSink, startWorker } from "./worker-under-test.ts";

test("a stop releases the leased messages, so that another worker can claim them at once", async () => {
  const sink = await startSink({ react: ({ stage }) => (stage === "data" ? "hang" : undefined) });
  const { queue, worker } = await startWorker({ port: sink.port });
  await queue.add(mailTo(["ann@example.net"]), content);
  while ((await queue.stats()).leased === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await worker.stop(0);
  const [lease] = await queue.take(1);
  expect(lease?.message.envelope.recipients).toEqual([{ address: "ann@example.net" }]);
  expect(await text(Readable.from(lease?.body() ?? []))).toBe(content.toString());
});

test("a reload applies to new deliveries; those in progress end with the old config", async () => {
  let goOn: () => void = () => undefined;
  const held = new Promise<undefined>((resolve) => {
    goOn = () => resolve(undefined);
  });
  let reached: () => void = () => undefined;
  const inside = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const [old, next] = [
    await startSink({
      react: ({ stage }) => {
        if (stage !== "message") return undefined;
        reached();
        return held;
      },
    }),
    await startSink(),
  ];
  const { queue, worker, config } = await startWorker({ port: old.port });
  await queue.add(mailTo(["ann@example.net"]), content);
  await inside;
  const changed = { ...config, worker: { ...config.worker, port: next.port } };
  worker.use(await policyOf(changed, () => undefined));
  await queue.add(mailTo(["bob@example.net"]), content);
  expect((await next.next()).rcptTo).toEqual(["<bob@example.net>"]);
  goOn();
  expect((await old.next()).rcptTo).toEqual(["<ann@example.net>"]);
  while ((await queue.stats()).depth > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect([old.messages.length, next.messages.length]).toEqual([1, 1]);
});

describe("a stop", { timeout: 20_000 }, () => {
  test("sends none of the messages that it releases, even if they waited for their turn", async () => {
    let reached: () => void = () => undefined;
    const inside = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const attempted: string[] = [];
    const sink = await startSink({
      react: ({ stage, line, connection }: SinkEvent) => {
        if (stage === "rcpt") attempted.push(line);
        if (stage !== "data" || connection > 0) return undefined;
        reached();
        return "hang";
      },
    });
    const queue = await openTestQueue();
    const names = ["ann", "bob"];
    for (const name of names) await queue.add(mailTo([`${name}@example.net`]), content);
    const { worker } = await startWorker({
      port: sink.port,
      queue,
      worker: { destinationConcurrency: 1 },
    });
    await inside;
    await expect.poll(() => worker.load).toBe(2);
    await worker.stop(0);
    expect(worker.load).toBe(0);
    expect(attempted).toHaveLength(1);
    expect(sink.messages).toEqual([]);
    const leases = await queue.take(10);
    expect(leases.flatMap(({ message }) => message.envelope.recipients)).toHaveLength(2);
  });

  test("records a delivery that ends while it stops, so that no other worker repeats it", async () => {
    let reached: () => void = () => undefined;
    const inside = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let accept: () => void = () => undefined;
    const accepted = new Promise<undefined>((resolve) => {
      accept = () => resolve(undefined);
    });
    const sink = await startSink({
      react: ({ stage }: SinkEvent) => {
        if (stage !== "message") return undefined;
        reached();
        return accepted;
      },
    });
    const { worker, queue } = await startWorker({ port: sink.port });
    await queue.add(mailTo(["ann@example.net"]), content);
    await inside;
    const stopped = worker.stop(10_000);
    accept();
    await stopped;
    expect(sink.messages).toHaveLength(1);
    expect((await queue.stats()).depth).toBe(0);
  });
});

test(
  "mail that cannot be claimed is logged, and claimed when the queue is back",
  { timeout: 20_000 },
  async () => {
    const sink = await startSink();
    const queue = await openTestQueue();
    await queue.add(mailTo(["ann@example.net"]), content);
    let failures = 1;
    const { logged } = await startWorker({
      port: sink.port,
      queue: withFaults(queue, {
        take: () => {
          if (failures-- > 0) throw new QueueError("queue-unavailable", "the disk is gone");
        },
      }),
    });
    await logged(({ msg }) => msg === "cannot claim mail from the queue, retrying");
    expect((await sink.next()).rcptTo).toEqual(["<ann@example.net>"]);
  },
);

test("a replaced config is freed when its deliveries have ended", async () => {
  const sink = await startSink();
  const { worker, queue, logged, log } = await startWorker({ port: sink.port });
  const input = { hostname: "us.test", signing: { sign: false as const } };
  const replaced: WeakRef<object>[] = [];
  for (let count = 0; count < 10; count++) {
    const config = configSchema.parse({ ...input, worker: { port: sink.port, retry: ["1s"] } });
    const policy = await policyOf(config, () => undefined);
    replaced.push(new WeakRef(policy.config), new WeakRef(policy.pipeline));
    worker.use(policy);
    await queue.add(mailTo([`ann@d${count}.example`]), content);
    await logged(() => log().filter(({ msg }) => msg === "delivery").length > count);
  }
  const old = replaced.slice(0, -2);
  await expectCollected(old);
});
