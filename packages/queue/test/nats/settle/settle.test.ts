import type { JsMsg } from "@nats-io/jetstream";
import { expect, onTestFinished, test } from "vitest";
import { QueueError } from "../../../src/errors.ts";
import { PendingWrites } from "../../../src/nats/settle/pending-writes.ts";
import { Settler, type SettlerParts } from "../../../src/nats/settle/settle.ts";
import type { Label } from "../../../src/nats/storage/framing.ts";

const label: Label = {
  envelope: { from: "", recipients: [{ address: "bob@a" }] },
  context: [],
  route: "a",
  sizeBytes: 1,
  firstSeenMs: 1,
  retries: 0,
  nonce: "n",
};

test("a message settled while the servers are full is acknowledged, remembered, and recorded later", async () => {
  const servers = { full: true, recorded: [] as string[], acknowledged: 0 };
  const pendingWrites = new PendingWrites();
  onTestFinished(() => pendingWrites.close());
  const parts: unknown = {
    pendingWrites,
    tombstones: {
      record: async (id: string) => {
        if (servers.full) throw new QueueError("queue-full", "no room");
        servers.recorded.push(id);
      },
      has: async (id: string) => servers.recorded.includes(id),
    },
    stored: { copies: async () => [] },
  };
  const settler = new Settler(parts as SettlerParts, { timeoutMs: 1000, leaseMs: 1000 });
  const handle: unknown = { seq: 7, ackAck: async () => (servers.acknowledged += 1) };
  await settler.end("id", label, () => handle as JsMsg, undefined);
  expect(servers.acknowledged).toBe(1);
  expect(await settler.hasEnded("id", label)).toBe(true);
  expect(await settler.hasEnded("id", { ...label, generation: 1 })).toBe(false);
  expect(await settler.hasEnded("id", { ...label, nonce: "another message" })).toBe(false);
  await pendingWrites.attempt();
  expect(servers.recorded).toEqual([]);
  servers.full = false;
  await pendingWrites.attempt();
  expect(servers.recorded).toEqual(["id"]);
  expect(await settler.hasEnded("id", label)).toBe(true);
});
