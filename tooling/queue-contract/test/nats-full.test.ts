import { openNatsQueue } from "@mailseal/queue/nats";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { messageTo, takeAll } from "../src/contract/fixture.ts";
import { jetStreamStorage } from "../src/crash/disk.ts";
import { natsServerMissing, startNatsServers } from "../src/nats-server.ts";

const isMissing = natsServerMissing !== undefined && process.env["CI"] === undefined;
const reserveBytes = 2 * 1024 * 1024;

test.skipIf(isMissing)(
  "full servers still settle, defer and record queued messages before they accept new ones",
  { timeout: 60_000 },
  async () => {
    const { urls, remove } = await startNatsServers(1, "", "32MB");
    onTestFinished(remove);
    const servers = [...urls];
    const queue = await openNatsQueue({
      connection: { servers },
      durability: "os-buffered",
      shards: 1,
      reserveBytes,
      checkMs: 200,
    });
    onTestFinished(() => queue.close());
    const connection = await connect({ servers });
    onTestFinished(() => connection.close());
    const manager = await jetstreamManager(connection);
    const countOf = async (stream: string): Promise<number> =>
      (await manager.streams.info(stream)).state.messages;
    const whole = reserveBytes / (64 * 1024);
    await expect.poll(() => countOf("mailseal-reserve"), { timeout: 20_000 }).toBe(whole);
    await Promise.all(
      Array.from({ length: 6 }, () => queue.add(messageTo("a"), Buffer.from("mail"))),
    );
    const [last, ...leases] = await takeAll(queue, 6);

    const disk = jetStreamStorage(urls);
    await disk.fill("whole");
    await expect(queue.add(messageTo("a"), Buffer.from("more"))).rejects.toMatchObject({
      code: "queue-full",
    });
    await Promise.all(leases.map((lease) => lease.done()));
    expect(await countOf("mailseal-ended")).toBe(leases.length);
    await last?.retry({ afterMs: 0, reason: "451 later" });
    const [again] = await takeAll(queue, 1);
    expect(again?.message).toMatchObject({ attempt: 2, reason: "451 later" });
    // The freed part of the reserve is not for new mail.
    expect(await countOf("mailseal-reserve")).toBeLessThan(whole);
    await expect(queue.add(messageTo("a"), Buffer.from("more"))).rejects.toMatchObject({
      code: "queue-full",
    });

    await disk.free();
    await expect.poll(() => countOf("mailseal-reserve"), { timeout: 20_000 }).toBe(whole);
    expect((await queue.add(messageTo("a"), Buffer.from("more"))).ids).toHaveLength(1);
  },
);
