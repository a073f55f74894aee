import { openNatsQueue } from "@mailseal/queue/nats";
import { expect, onTestFinished, test, vi } from "vitest";
import { messageTo, text } from "../src/contract/fixture.ts";
import { natsServerMissing, startNatsServers } from "../src/nats-server.ts";

/** A program that stops must not wait for a server forever. */
test.skipIf(natsServerMissing !== undefined && process.env["CI"] === undefined).each([
  ["is down", false],
  ["has just restarted", true],
])("a queue closes although its server %s", { timeout: 60_000 }, async (_, restarts) => {
  const { servers, urls, remove } = await startNatsServers();
  onTestFinished(remove);
  const [server] = servers;
  const queue = await openNatsQueue({
    connection: { servers: [...urls] },
    name: "closing",
    durability: "os-buffered",
    timeoutMs: 500,
  });
  await queue.add(messageTo("a"), text("x"));
  await server?.kill();
  if (restarts) await server?.start();
  await queue.close();
  await expect(queue.stats()).rejects.toMatchObject({ code: "queue-closed" });
});

test.skipIf(natsServerMissing !== undefined && process.env["CI"] === undefined)(
  "a queue reconnects even if the clock was set back while its server was down",
  { timeout: 60_000 },
  async () => {
    const { servers, urls, remove } = await startNatsServers();
    onTestFinished(remove);
    onTestFinished(() => void vi.restoreAllMocks());
    const [server] = servers;
    const queue = await openNatsQueue({
      connection: { servers: [...urls] },
      name: "stepped",
      durability: "os-buffered",
      timeoutMs: 500,
    });
    onTestFinished(() => queue.close());
    await queue.add(messageTo("a"), text("x"));
    await server?.kill();
    const { now } = Date;
    vi.spyOn(Date, "now").mockImplementation(() => now() - 3_600_000);
    await server?.start();
    const leases = await vi.waitUntil(
      async () => {
        const taken = await queue.take(1, { waitMs: 200 });
        return taken.length > 0 && taken;
      },
      { timeout: 20_000 },
    );
    expect(leases).toHaveLength(1);
    await leases[0]?.done();
  },
);
