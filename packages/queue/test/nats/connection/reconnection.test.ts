import type { NatsConnection } from "@nats-io/transport-node";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { followConnection } from "../../../src/nats/connection/reconnection.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection whose status the test sends, and what was done about it. The first `failures` actions fail. */
function follow(failures = 0) {
  const did: string[] = [];
  const queue = new TransformStream<{ type: string }, { type: string }>();
  const writer = queue.writable.getWriter();
  let isClosed = false;
  const connection: unknown = { status: () => queue.readable, isClosed: () => isClosed };
  let left = failures;
  const followed = followConnection(connection as NatsConnection, {
    lost: () => did.push("lost"),
    regained: async () => {
      did.push("regained");
      left -= 1;
      if (left >= 0) throw new Error("timeout");
    },
    settled: () => did.push("settled"),
  });
  return {
    did,
    followed,
    status: async (type: string) => {
      await writer.write({ type });
      await vi.advanceTimersByTimeAsync(0);
    },
    close: async () => {
      isClosed = true;
      await writer.close();
    },
  };
}

test("after a reconnect, pending writes are sent when other processes have had a second for theirs", async () => {
  const { did, status } = follow();
  await status("disconnect");
  await status("reconnect");
  await vi.advanceTimersByTimeAsync(999);
  expect(did).toEqual(["lost"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(did).toEqual(["lost", "regained", "settled"]);
});

test("sending is repeated until it succeeds", async () => {
  const { did, status } = follow(2);
  await status("reconnect");
  await vi.advanceTimersByTimeAsync(2000);
  expect(did).toEqual(["regained", "regained", "regained", "settled"]);
});

test("a connection that is lost again does not count as settled", async () => {
  const { did, status } = follow();
  await status("reconnect");
  await status("disconnect");
  await vi.advanceTimersByTimeAsync(5000);
  expect(did).toEqual(["lost"]);
});

test("nothing is sent after the connection is closed", async () => {
  const { did, status, close, followed } = follow();
  await status("reconnect");
  await close();
  await vi.advanceTimersByTimeAsync(5000);
  await followed;
  expect(did).toEqual([]);
});
