import type { JetStreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { readStats } from "../../../src/nats/inspect/stats.ts";
import { Reserve } from "../../../src/nats/storage/reserve.ts";
import { StoredMessages } from "../../../src/nats/storage/stored-messages.ts";
import { labelFor } from "../label.ts";
import { memoryServers } from "../memory-servers.ts";

function newQueue() {
  const servers = memoryServers(2);
  const stored = new StoredMessages(servers, new Reserve(servers));
  const manager: unknown = {
    streams: servers.manager.streams,
    consumers: { info: async () => ({ num_ack_pending: 3 }) },
  };
  const stats = (maxRoutes = 9) =>
    readStats(manager as JetStreamManager, servers.layout, stored, {
      maxRoutes,
      shards: 2,
      nowMs: 5001,
    });
  return { servers, stored, stats };
}

const body = new Uint8Array();

test("counts the messages by place, and names the deepest routes first", async () => {
  const { stored, stats } = newQueue();
  for (const route of ["b", "a", "b"])
    await stored.put({ label: labelFor(route), body }, undefined);
  await stored.putCopy("held", "x", { label: labelFor("a"), body });
  await stored.putCopy("dead", "y", { label: labelFor("a"), body });
  expect(await stats()).toMatchObject({ depth: 4, held: 1, dead: 1, leased: 6, oldestAgeMs: 5000 });
  expect((await stats()).routes).toEqual([
    { route: "b", depth: 2 },
    { route: "a", depth: 1 },
  ]);
  expect((await stats(1)).routes).toHaveLength(1);
});

test("a commit record that is not expanded counts as one message without a route", async () => {
  const { servers, stats } = newQueue();
  await servers.client.publish(servers.layout.record("k"), "{}");
  const { depth, routes, oldestAgeMs } = await stats();
  expect({ depth, routes, oldestAgeMs }).toEqual({ depth: 1, routes: [], oldestAgeMs: undefined });
});

test("an empty queue has no bytes and no age", async () => {
  const { stats } = newQueue();
  const { depth, bytes, oldestAgeMs } = await stats();
  expect({ depth, bytes, oldestAgeMs }).toEqual({ depth: 0, bytes: 0, oldestAgeMs: undefined });
});
