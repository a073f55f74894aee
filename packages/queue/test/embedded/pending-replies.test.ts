import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PendingReplies } from "../../src/embedded/pending-replies.ts";
import type { Operation, Run } from "../../src/embedded/thread/protocol.ts";
import { QueueError } from "../../src/errors.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Records the operations; the first `failures` of them fail. */
function recorder(failures = 0): { run: Run; operations: Operation[] } {
  const operations: Operation[] = [];
  const run = async (operation: Operation): Promise<unknown> => {
    operations.push(operation);
    if (operations.length <= failures) throw new QueueError("queue-unavailable", "disk I/O error");
    return undefined;
  };
  return { run: run as Run, operations };
}

const received = (...ids: readonly string[]): unknown => ({
  kind: "replies-received",
  replies: ids.map((id) => ({ fingerprint: "f", id })),
});

test("received replies are recorded together after a moment", async () => {
  const { run, operations } = recorder();
  const replies = new PendingReplies(run);
  for (const id of ["1", "2"]) replies.of("f", id).received();
  expect(operations).toEqual([]);
  await vi.runAllTimersAsync();
  expect(operations).toEqual([received("1", "2")]);
});

test("a lost reply is recorded at once", async () => {
  const { run, operations } = recorder();
  await new PendingReplies(run).of("f", "1").lost();
  expect(operations).toEqual([{ kind: "reply-lost", reply: { fingerprint: "f", id: "1" } }]);
});

test("only the first report of a reply counts", async () => {
  const { run, operations } = recorder();
  const reply = new PendingReplies(run).of("f", "1");
  reply.received();
  reply.received();
  await reply.lost();
  await vi.runAllTimersAsync();
  expect(operations).toEqual([received("1")]);
});

test("received replies that could not be recorded are recorded later, with new ones", async () => {
  const { run, operations } = recorder(1);
  const replies = new PendingReplies(run);
  replies.of("f", "1").received();
  await vi.advanceTimersByTimeAsync(100);
  replies.of("f", "2").received();
  await vi.runAllTimersAsync();
  expect(operations).toEqual([received("1"), received("1", "2")]);
});

test("close records the rest once, even if that fails", async () => {
  const { run, operations } = recorder(9);
  const replies = new PendingReplies(run);
  replies.of("f", "1").received();
  replies.close();
  replies.of("f", "2").received();
  await vi.runAllTimersAsync();
  expect(operations).toEqual([received("1")]);
  expect(vi.getTimerCount()).toBe(0);
});
