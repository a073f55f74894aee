import { type Queue } from "@mailseal/queue";
import { openNatsQueue } from "@mailseal/queue/nats";
import { expect, onTestFinished, test } from "vitest";
import { messageTo, takeAll } from "../src/contract/fixture.ts";
import { natsServerMissing, startNatsServers } from "../src/nats-server.ts";

const isMissing = natsServerMissing !== undefined && process.env["CI"] === undefined;

test.skipIf(isMissing)(
  "a queue knows which messages another process has leased",
  { timeout: 60_000 },
  async () => {
    const { urls, remove } = await startNatsServers();
    onTestFinished(remove);
    const open = (): Promise<Queue> =>
      openNatsQueue({
        connection: { servers: [...urls] },
        durability: "os-buffered",
        shards: 1,
        leaseMs: 1500,
        checkMs: 100,
      });
    const [holder, other] = [await open(), await open()];
    onTestFinished(() => holder.close());
    onTestFinished(() => other.close());
    await holder.add(messageTo("a"), Buffer.from("mail"));
    const [lease] = await takeAll(holder, 1);
    // Longer than a message may be unseen: if it counted as an orphan, a copy of it would be delivered.
    const until = performance.now() + 12_000;
    while (performance.now() < until) {
      // As a slow delivery does.
      await lease?.extend(1500);
      expect(await other.take(1, { waitMs: 100 })).toEqual([]);
    }
    await lease?.done();
    expect((await holder.stats()).depth).toBe(0);
  },
);
