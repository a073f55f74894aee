import { openNatsQueue } from "@mailseal/queue/nats";
import { expect, onTestFinished, test } from "vitest";
import { natsServerMissing, startNatsServers } from "../src/nats-server.ts";

const skipped = natsServerMissing !== undefined && process.env["CI"] === undefined;

test.skipIf(skipped)(
  "one server that does not sync is refused, unless the option durability accepts it",
  async () => {
    const { urls, remove } = await startNatsServers();
    onTestFinished(remove);
    const connection = { servers: [...urls] };
    await expect(openNatsQueue({ connection })).rejects.toMatchObject({ code: "not-durable" });
    await (await openNatsQueue({ connection, durability: "os-buffered" })).close();
    // The streams exist now, with one replica, whatever the option requires.
    await expect(openNatsQueue({ connection, replicas: 3 })).rejects.toMatchObject({
      code: "not-durable",
    });
  },
);

test.skipIf(skipped)("three servers with three replicas need no option", async () => {
  const { urls, remove } = await startNatsServers(3);
  onTestFinished(remove);
  const queue = await openNatsQueue({ connection: { servers: [...urls] }, replicas: 3 });
  await expect(queue.close()).resolves.toBeUndefined();
});
