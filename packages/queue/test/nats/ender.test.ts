import type { JsMsg } from "@nats-io/jetstream";
import { expect, onTestFinished, test } from "vitest";
import { Ender, type EnderParts } from "../../src/nats/ender.ts";
import type { Label } from "../../src/nats/framing.ts";
import { Unfinished } from "../../src/nats/unfinished.ts";
import { QueueError } from "../../src/queue-error.ts";

const label: Label = {
  envelope: { from: "", recipients: [{ address: "bob@a" }] },
  context: [],
  route: "a",
  sizeBytes: 1,
  firstSeenMs: 1,
  retries: 0,
  nonce: "n",
};

test("what ends while the servers have no room to note it is acknowledged, remembered, and noted later", async () => {
  const servers = { full: true, noted: [] as string[], acknowledged: 0 };
  const unfinished = new Unfinished();
  onTestFinished(() => unfinished.close());
  const parts: unknown = {
    unfinished,
    endings: {
      record: async (id: string) => {
        if (servers.full) throw new QueueError("queue-full", "no room");
        servers.noted.push(id);
      },
      has: async (id: string) => servers.noted.includes(id),
    },
    shelf: { copies: async () => [] },
  };
  const ender = new Ender(parts as EnderParts, { timeoutMs: 1000, leaseMs: 1000 });
  const handle: unknown = { seq: 7, ackAck: async () => (servers.acknowledged += 1) };
  await ender.end("id", label, () => handle as JsMsg, undefined);
  expect(servers.acknowledged).toBe(1);
  expect(await ender.hasEnded("id", label)).toBe(true);
  expect(await ender.hasEnded("id", { ...label, generation: 1 })).toBe(false);
  expect(await ender.hasEnded("id", { ...label, nonce: "another message" })).toBe(false);
  await unfinished.attempt();
  expect(servers.noted).toEqual([]);
  servers.full = false;
  await unfinished.attempt();
  expect(servers.noted).toEqual(["id"]);
  expect(await ender.hasEnded("id", label)).toBe(true);
});
