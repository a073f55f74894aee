import { type NewMessage, QueueError } from "@mailseal/queue";
import { describe, expect, test } from "vitest";
import { withFaults } from "../faulty-queue.ts";
import { openTestQueue, startSink, startWorker } from "../worker-under-test.ts";

const mail = Buffer.from("From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n");
const full = () => new QueueError("queue-full", "no space left on the disk");

describe("a message to many domains", { timeout: 30_000 }, () => {
  const toMany = (count: number, changes: Partial<NewMessage> = {}): NewMessage => ({
    envelope: { from: "joe@sender.example" },
    destinations: Array.from({ length: count }, (_, at) => ({
      route: `mx d${at}.absent.example`,
      recipients: [{ address: `ann@d${at}.absent.example` }],
    })),
    context: new Map([
      ["ascii", "true"],
      ["asciiHeader", "true"],
      ["queueId", "Q1"],
      ["destinations", String(count)],
    ]),
    ...changes,
  });
  const worker = { bounces: { gather: "1s" } };

  test("has one bounce, with the header only, even from two workers", async () => {
    const sink = await startSink();
    const queue = await openTestQueue();
    await queue.add(toMany(120), mail);
    await startWorker({ port: sink.port, queue, worker });
    await startWorker({ port: sink.port, queue, worker });
    await sink.next();
    while ((await queue.stats()).depth > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sink.messages).toHaveLength(1);
    const report = sink.messages[0]?.bytes.toString() ?? "";
    expect(report.match(/^Final-Recipient: /gm)).toHaveLength(120);
    expect(report).toContain("Subject: Lunch");
    expect(report).not.toContain("At noon?");
    expect(report.length).toBeLessThan(60_000);
  });

  test("has at most one more bounce if a worker ends, and the next worker sends its notices", async () => {
    const sink = await startSink();
    const queue = await openTestQueue(undefined, undefined, { leaseMs: 500 });
    await queue.add(toMany(20), mail);
    const first = await startWorker({
      port: sink.port,
      queue: new Proxy(queue, {
        get: (target, name) => {
          // It is killed when the bounce is queued, before it has removed the notices in it.
          if (name === "drop") return () => new Promise(() => undefined);
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? (value as () => unknown).bind(target) : value;
        },
      }),
      worker: { bounces: { gather: "200ms" } },
    });
    await sink.next();
    await first.worker.stop(0);
    await startWorker({ port: sink.port, queue, worker });
    while ((await queue.stats()).depth > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sink.messages.length).toBeLessThanOrEqual(2);
    for (const { bytes } of sink.messages) {
      expect(bytes.toString().match(/^Final-Recipient: /gm)).toHaveLength(20);
    }
  });

  test("keeps its notices while their bounce cannot be queued", async () => {
    const sink = await startSink();
    const queue = await openTestQueue();
    await queue.add(toMany(5), mail);
    let isFull = true;
    const { logged } = await startWorker({
      port: sink.port,
      worker: { bounces: { gather: "100ms" } },
      queue: withFaults(queue, {
        add: ({ destinations: [first] }) => {
          if (isFull && first?.route.startsWith("mx ") === true) throw full();
        },
      }),
    });
    await logged(({ msg }) => String(msg).startsWith("a notification could not be queued"));
    isFull = false;
    await sink.next();
    while ((await queue.stats()).depth > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const reported = sink.messages.flatMap(({ bytes }) =>
      Array.from(bytes.toString().matchAll(/^Final-Recipient: .*$/gm), ([line]) => line),
    );
    expect(new Set(reported).size).toBe(5);
    expect(reported).toHaveLength(5);
  });

  test("keeps a notice whose body is missing as a dead letter, and reports the others", async () => {
    const sink = await startSink();
    const queue = await openTestQueue();
    await queue.add(toMany(3), mail);
    let missing: string | undefined;
    const { logged } = await startWorker({
      port: sink.port,
      worker: { bounces: { gather: "100ms" } },
      queue: withFaults(queue, {
        bytes: ({ message: { id, route } }) => {
          if (!route.startsWith("notices ")) return;
          missing ??= id;
          if (id === missing) throw new QueueError("body-missing", "expected a body, got none");
        },
      }),
    });
    await logged(
      ({ msg }) => msg === "the body of a message is missing, so it is a dead letter now",
    );
    const report = (await sink.next()).bytes.toString();
    expect(report.match(/^Final-Recipient: /gm)).toHaveLength(2);
    const { messages } = await queue.list({ state: "dead" });
    expect(messages.map(({ id }) => id)).toEqual([missing]);
  });
});
