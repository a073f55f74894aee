import { type Config, configSchema } from "@mailseal/config";
import { refusal } from "@mailseal/delivery";
import { type Lease, type Queue, QueueError } from "@mailseal/queue";
import type { SinkEvent, SinkMessage } from "@mailseal/testkit/smtp-sink";
import { expect, test } from "vitest";
import type { Outcome } from "../../../src/delivery/outcome.ts";
import { settle, type Settled } from "../../../src/delivery/settle/settlement.ts";
import { Notifier } from "../../../src/dsn/notifier.ts";
import { settled } from "../../collected-log.ts";
import { withFaults } from "../../faulty-queue.ts";
import { content, mailTo, openTestQueue, startSink, startWorker } from "../../worker-under-test.ts";

const refusesNobody = ({ stage, line }: SinkEvent): string | undefined =>
  stage === "rcpt" && line.includes("nobody") ? "550 5.1.1 No such user" : undefined;

const bounces = (messages: readonly SinkMessage[]): readonly SinkMessage[] =>
  messages.filter(({ mailFrom }) => mailFrom.startsWith("<>"));

const [ann, bob] = [{ address: "ann@example.net" }, { address: "bob@example.net" }];
const delivered = (recipient: Outcome["recipient"]): Outcome => ({
  recipient,
  outcome: "delivered",
  reply: refusal(250, "2.0.0", "Ok"),
  takesDsn: true,
});
const deferred = (recipient: Outcome["recipient"], changes: Partial<Outcome> = {}): Outcome => ({
  recipient,
  outcome: "deferred",
  reply: refusal(451, "4.2.0", "Later"),
  takesDsn: false,
  ...changes,
});

interface Held {
  readonly queue: Queue;
  readonly lease: Lease;
  readonly settled: (outcomes: readonly Outcome[]) => Promise<Settled>;
}

/** Claims a message to ann and bob, and settles it with any outcomes. */
async function claimed(from = "joe@sender.example", worker: object = {}): Promise<Held> {
  const config: Config = configSchema.parse({
    worker: { retry: ["4h"], jitter: 0, delayWarning: 0, ...worker },
  });
  const queue = await openTestQueue();
  const to = [ann.address, bob.address];
  await queue.add(mailTo(to, { envelope: { from } }), content);
  const [lease] = await queue.take(1);
  if (lease === undefined) throw new Error("expected a message in the queue");
  const setup = {
    worker: config.worker,
    maxHookFailures: 0,
    notifier: new Notifier({ queue, config, hostname: "us.test", now: Date.now }),
    now: Date.now,
    random: () => 0.5,
    wait: async () => undefined,
    isStopping: () => false,
  };
  return { queue, lease, settled: (outcomes) => settle(setup, lease, outcomes, undefined) };
}

test("a message is removed when all its recipients have it", async () => {
  const { queue, settled: settledAs } = await claimed();
  expect(await settledAs([delivered(ann), delivered(bob)])).toEqual({ how: "done" });
  expect((await queue.stats()).depth).toBe(0);
});

test("only the deferred recipients stay in the queue, with the reason, until the next retry", async () => {
  const { queue, settled: settledAs } = await claimed();
  expect(await settledAs([delivered(ann), deferred(bob)])).toMatchObject({ how: "retry" });
  const { messages } = await queue.list();
  expect(messages).toMatchObject([
    { state: "delayed", reason: "451 4.2.0 Later", envelope: { recipients: [bob] } },
  ]);
});

test.each([
  ["other", 15 * 60_000],
  ["hook", 4 * 3_600_000],
] as const)("after a local failure (%s) the next retry comes within %i ms", async (of, ms) => {
  const before = Date.now();
  const { queue, settled: settledAs } = await claimed();
  const localFailure = { of, cause: "no key" };
  await settledAs([deferred(ann, { localFailure }), deferred(bob, { localFailure })]);
  const [message] = (await queue.list()).messages;
  expect(message?.dueMs).toBeGreaterThanOrEqual(before + ms);
  expect(message?.dueMs).toBeLessThanOrEqual(Date.now() + ms);
});

test("mail of the null sender that fails becomes a dead letter for the failed recipients", async () => {
  const { queue, settled: settledAs } = await claimed("");
  const failed = {
    ...deferred(bob),
    outcome: "failed",
    reply: refusal(550, "5.1.1", "No"),
  } as const;
  expect(await settledAs([delivered(ann), failed])).toMatchObject({
    how: "dead",
    reason: "550 5.1.1 No",
    noBounce: "its sender is the null sender",
  });
  const { messages } = await queue.list({ state: "dead" });
  expect(messages.map(({ envelope }) => envelope.recipients)).toEqual([[bob]]);
});

test("a message that an operator has dropped meanwhile is a lost lease", async () => {
  const { queue, lease, settled: settledAs } = await claimed();
  await queue.drop(lease.message.id);
  expect(await settledAs([delivered(ann), delivered(bob)])).toEqual({ how: "lease-lost" });
});

test(
  "a settlement that fails for now is retried, and no recipient gets the message twice",
  { timeout: 20_000 },
  async () => {
    const sink = await startSink();
    // Its lease runs out before it can be settled: it is taken again.
    const queue = await openTestQueue(undefined, undefined, { leaseMs: 400 });
    await queue.add(mailTo(["ann@example.net"]), content);
    let failures = 0;
    const { logged } = await startWorker({
      port: sink.port,
      queue: withFaults(queue, {
        done: () => {
          failures++;
          if (failures <= 3) throw new QueueError("queue-unavailable", "the disk is gone");
        },
      }),
    });
    await logged(settled("done"));
    expect(failures).toBeGreaterThan(3);
    expect(sink.messages).toHaveLength(1);
    expect((await queue.stats()).depth).toBe(0);
  },
);

test(
  "a worker that is killed between its bounce and its settlement sends no second bounce",
  { timeout: 20_000 },
  async () => {
    const sink = await startSink({ react: refusesNobody });
    const queue = await openTestQueue(undefined, undefined, { leaseMs: 400 });
    await queue.add(mailTo(["nobody@example.net"]), content);
    const killed = await startWorker({
      port: sink.port,
      queue: withFaults(queue, {
        done: () => {
          throw new QueueError("queue-closed", "killed");
        },
      }),
    });
    await killed.logged(
      ({ msg }) => msg === "a delivery could not be settled, the message will be delivered again",
    );
    await killed.worker.stop(0);
    const { logged } = await startWorker({ port: sink.port, queue });
    await logged(({ to, attempt }) => String(to) === "nobody@example.net" && Number(attempt) > 1);
    while ((await queue.stats()).depth > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const ids = new Set(
      bounces(sink.messages).map(({ bytes }) => /^Message-ID: .*$/m.exec(bytes.toString())?.[0]),
    );
    expect(ids.size).toBe(1);
  },
);
