import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { QueueError } from "../../../src/errors.ts";
import { PendingWrites } from "../../../src/nats/settle/pending-writes.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const unavailable = new QueueError("queue-unavailable", "timeout");

test("a write is repeated until it succeeds", async () => {
  const writes = new PendingWrites();
  let attempts = 0;
  const written = writes.add(async () => {
    attempts += 1;
    if (attempts < 3) throw unavailable;
  });
  await vi.advanceTimersByTimeAsync(1000);
  await written;
  expect(attempts).toBe(3);
  await writes.close();
  expect([attempts, vi.getTimerCount()]).toEqual([3, 0]);
});

test("a write that no server has recorded when the queue is closed rejects", async () => {
  const writes = new PendingWrites();
  const written = writes.add(async () => {
    throw unavailable;
  });
  const outcomes = Promise.allSettled([written]);
  await writes.close();
  expect(await outcomes).toMatchObject([
    {
      reason: {
        code: "queue-unavailable",
        message: expect.stringContaining("closed before a server recorded"),
      },
    },
  ]);
});

test("a write that can never succeed rejects, and the others are made", async () => {
  const writes = new PendingWrites();
  const defect = writes.add(async () => {
    throw new TypeError("defect");
  });
  const outcomes = Promise.allSettled([defect, writes.add(async () => undefined)]);
  await writes.attempt();
  expect(await outcomes).toMatchObject([
    { status: "rejected", reason: { message: "defect" } },
    { status: "fulfilled" },
  ]);
  await writes.close();
});

test("a write that nobody waits for fails without an unhandled rejection", async () => {
  const writes = new PendingWrites();
  writes.addUnawaited(async () => {
    throw unavailable;
  });
  await writes.close();
  expect(vi.getTimerCount()).toBe(0);
});
