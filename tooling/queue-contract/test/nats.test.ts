import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nats, queueContract } from "../src/index.ts";
import { type NatsServers, natsServerMissing, startNatsServers } from "../src/nats-server.ts";

if (natsServerMissing !== undefined) {
  test("nats-server is installed", ({ skip }) => {
    skip(process.env["CI"] === undefined, natsServerMissing);
    expect.unreachable(natsServerMissing);
  });
}

describe.skipIf(natsServerMissing !== undefined)("with one server", () => {
  let servers: NatsServers | undefined;
  beforeAll(async () => {
    servers = await startNatsServers();
  }, 60_000);
  afterAll(() => servers?.remove());

  queueContract(nats(() => servers?.urls ?? []));
});
