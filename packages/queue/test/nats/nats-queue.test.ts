import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NatsQueue, type NatsQueueParts } from "../../src/nats/nats-queue.ts";
import { checkNatsOptions } from "../../src/nats/options.ts";
import { PendingWrites } from "../../src/nats/settle/pending-writes.ts";
import { memoryServers } from "./memory-servers.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a queue that cannot begin is closed: no timer stays, and no call is accepted", async () => {
  const servers = memoryServers();
  servers.failure = new Error("timeout");
  const closed: string[] = [];
  const parts: unknown = {
    ...servers,
    connection: {
      isClosed: () => false,
      drain: async () => undefined,
      close: async () => closed.push("connection"),
    },
    seen: { begin: () => undefined, close: () => closed.push("seen") },
    intake: { close: async () => closed.push("intake") },
    resends: { close: () => closed.push("resends") },
    pendingWrites: new PendingWrites(),
    reserve: { look: async () => undefined },
    expansion: { look: async () => undefined },
    settler: { tidy: async () => undefined },
    serverClock: { follow: async () => undefined, ahead: () => 0 },
  };
  const queue = new NatsQueue(parts as NatsQueueParts, checkNatsOptions({ connection: {} }));
  expect(vi.getTimerCount()).toBeGreaterThan(0);
  await expect(queue.begin()).rejects.toMatchObject({ code: "queue-unavailable" });
  expect(vi.getTimerCount()).toBe(0);
  expect(closed).toEqual(["intake", "resends", "seen", "connection"]);
  await expect(queue.stats()).rejects.toMatchObject({ code: "queue-closed" });
});
