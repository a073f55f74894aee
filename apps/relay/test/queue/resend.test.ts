import { openQueue, type Queue } from "@mailseal/queue";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { RawClient } from "../support/raw-client.ts";
import {
  afterThisTest,
  passingPipeline,
  startRelay,
  type TestRelayOptions,
} from "../support/relay-under-test.ts";

const message = "From: joe@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n";

interface Started {
  readonly port: number;
  readonly queue: Queue;
  readonly log: () => Record<string, unknown>[];
}

async function started(
  options: Partial<TestRelayOptions> = {},
  queueConfig = {},
): Promise<Started> {
  const file = `${temporaryDirectory("test")}/queue.db`;
  const { port, log } = await startRelay({
    nextHopPort: 25,
    config: { queue: { file, ...queueConfig }, bindings: { out: {} } },
    ...options,
    listener: { mode: "queue", ...options.listener },
  });
  const queue = await openQueue({ file });
  afterThisTest(() => queue.close());
  return { port, queue, log };
}

interface Sending {
  readonly from?: string;
  readonly recipient?: string;
  readonly text?: string;
}

/** A client that got its 250 and has sent nothing since, with the queue id in that reply. */
async function sent(port: number, how: Sending = {}): Promise<{ client: RawClient; id: string }> {
  const client = await RawClient.greeted(port, how.from);
  return { client, id: await sentAgain(client, how) };
}

async function sentAgain(client: RawClient, { recipient, text }: Sending = {}): Promise<string> {
  await client.toData(recipient);
  const reply = await client.ask(`${text ?? message}.`);
  return /^250 2\.0\.0 OK: (\w+) queued$/.exec(reply)?.[1] ?? reply;
}

async function depth(queue: Queue): Promise<number> {
  return (await queue.stats()).depth;
}

/** The relay has noticed the end of the connection once it answers a later one. */
async function settled(port: number): Promise<void> {
  const client = await RawClient.greeted(port);
  await client.ask("QUIT");
}

test("a client that disconnects before it reads its 250 and sends again gets the same queue id: one message", async () => {
  const { port, queue, log } = await started();
  const { client, id } = await sent(port);
  client.vanish();
  await settled(port);
  const again = await sent(port);
  expect(again.id).toBe(id);
  expect(await depth(queue)).toBe(1);
  expect(log().findLast(({ msg }) => msg === "message")).toMatchObject({ sentAgain: id });
  // That answer is lost as well.
  again.client.vanish();
  await settled(port);
  expect((await sent(port)).id).toBe(id);
  expect(await depth(queue)).toBe(1);
});

test("a connection is cut before the 250 is written", async () => {
  let reached: () => void = () => undefined;
  const processing = new Promise<void>((resolve) => {
    reached = resolve;
  });
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const passing = passingPipeline();
  const { port, queue } = await started({
    listener: { direction: "inbound" },
    pipeline: {
      process: async (...args) => {
        reached();
        await held;
        return passing.process(...args);
      },
    },
  });
  const client = await RawClient.greeted(port);
  await client.toData();
  client.send(`${message}.\r\n`);
  await processing;
  client.vanish();
  await settled(port);
  release();
  while ((await depth(queue)) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await settled(port);
  expect((await sent(port)).id).toMatch(/^\w+$/);
  expect(await depth(queue)).toBe(1);
});

test.each(["RSET", "NOOP", "QUIT", "X"])(
  "%s after the 250 shows that the client knows: what comes again is another message",
  async (word) => {
    const { port, queue } = await started();
    const { client, id } = await sent(port);
    if (word === "X") client.send(word);
    else await client.ask(word);
    await settled(port);
    client.vanish();
    await settled(port);
    expect((await sent(port)).id).not.toBe(id);
    expect(await depth(queue)).toBe(2);
  },
);

test("a second submission in the same session is queued, and so is one from a second session meanwhile", async () => {
  const { port, queue } = await started();
  const { client, id } = await sent(port);
  expect((await sent(port)).id).not.toBe(id);
  expect(await sentAgain(client)).not.toBe(id);
  expect(await depth(queue)).toBe(3);
});

test("a pipelined command after the message counts as received, too", async () => {
  const { port, queue } = await started();
  for (let times = 0; times < 2; times += 1) {
    const client = await RawClient.greeted(port);
    await client.toData();
    client.send(`${message}.\r\nQUIT\r\n`);
    expect(await client.reply()).toMatch(/^250 /);
    expect(await client.reply()).toMatch(/^221 /);
    expect(await client.reply()).toBe("");
    await settled(port);
  }
  expect(await depth(queue)).toBe(2);
});

test.each<[string, Sending]>([
  ["another client", { from: "127.0.0.2" }],
  ["another recipient", { recipient: "eve@example.net" }],
  ["another octet", { text: message.replace("noon", "moon") }],
])("from %s it is another message", async (_what, how) => {
  const { port, queue } = await started();
  const { client, id } = await sent(port);
  client.vanish();
  await settled(port);
  expect((await sent(port, how)).id).not.toBe(id);
  expect(await depth(queue)).toBe(2);
});

test.each([
  ["past the window", "1ms"],
  ["with resendWindow: 0", 0],
])("%s it is another message", async (_when, resendWindow) => {
  const { port, queue } = await started({}, { resendWindow });
  const { client, id } = await sent(port);
  client.vanish();
  await settled(port);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await sent(port)).id).not.toBe(id);
  expect(await depth(queue)).toBe(2);
});
