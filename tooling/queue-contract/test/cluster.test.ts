import { setTimeout as sleep } from "node:timers/promises";
import { QueueError } from "@mailseal/queue";
import { openNatsQueue } from "@mailseal/queue/nats";
import { expect, onTestFinished, test } from "vitest";
import { natsServerMissing, startNatsServers } from "../src/nats-server.ts";

const count = 1500;

test.skipIf(natsServerMissing !== undefined && process.env["CI"] === undefined)(
  "three servers lose no mail if one of them is killed under load",
  { timeout: 180_000 },
  async () => {
    const { servers, urls, remove } = await startNatsServers(3);
    onTestFinished(remove);
    const open = (): ReturnType<typeof openNatsQueue> =>
      openNatsQueue({
        connection: { servers: [...urls] },
        replicas: 3,
        shards: 2,
        leaseMs: 5000,
        timeoutMs: 2000,
      });
    const producer = await open();
    const consumer = await open();
    onTestFinished(async () => {
      await Promise.all([producer.close(), consumer.close()]);
    });

    /** Repeats an unacknowledged message, as a client does. */
    const untilAnswered = async (act: () => Promise<unknown>): Promise<void> => {
      for (;;) {
        try {
          await act();
          return;
        } catch (error) {
          if (!(error instanceof QueueError && error.temporary)) throw error;
          await sleep(50);
        }
      }
    };
    const delivered = new Set<string>();
    const consume = async (): Promise<void> => {
      while (delivered.size < count) {
        for (const lease of await consumer.take(50, { waitMs: 500 })) {
          delivered.add(Buffer.from(await lease.bytes()).toString());
          // Without an answer, the message is delivered again.
          await lease.done().catch(() => undefined);
        }
      }
    };
    let next = 0;
    const produce = async (): Promise<void> => {
      while (next < count) {
        const dedupId = `message ${next++}`;
        // After a third of the messages: the server to which producer and consumer are connected.
        if (next === Math.floor(count / 3)) await servers[0]?.kill();
        const route = `route-${next % 7}`;
        const destinations = [{ route, recipients: [{ address: "bob@example.net" }] }];
        const message = { envelope: { from: "" }, destinations, dedupId };
        await untilAnswered(() => producer.add(message, Buffer.from(dedupId)));
      }
    };
    await Promise.all([consume(), ...Array.from({ length: 8 }, produce)]);
    expect(delivered.size).toBe(count);
  },
);
