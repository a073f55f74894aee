import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WakeUp } from "../src/wake-up.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Whether the promise has resolved by now. */
async function hasResolved(promise: Promise<void>): Promise<boolean> {
  let resolved = false;
  void promise.then(() => (resolved = true));
  await vi.advanceTimersByTimeAsync(0);
  return resolved;
}

test("a ring wakes all waiting takes", async () => {
  const wakeUp = new WakeUp();
  const waits = [1, 2].map(() => wakeUp.wait(wakeUp.count, 1000, undefined));
  expect(await hasResolved(Promise.all(waits).then(() => undefined))).toBe(false);
  wakeUp.ring();
  await Promise.all(waits);
  expect(vi.getTimerCount()).toBe(0);
});

test("a ring between the reading of the count and the wait is not missed", async () => {
  const wakeUp = new WakeUp();
  const { count } = wakeUp;
  wakeUp.ring();
  expect(await hasResolved(wakeUp.wait(count, 1000, undefined))).toBe(true);
});

test("the wait ends after its duration", async () => {
  const wakeUp = new WakeUp();
  const wait = wakeUp.wait(wakeUp.count, 1000, undefined);
  await vi.advanceTimersByTimeAsync(999);
  expect(await hasResolved(wait)).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await hasResolved(wait)).toBe(true);
});

test("a wait without end does not end at once", async () => {
  const wakeUp = new WakeUp();
  const wait = wakeUp.wait(wakeUp.count, Infinity, undefined);
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(await hasResolved(wait)).toBe(false);
  wakeUp.ring();
  await wait;
});

test("an aborted signal ends the wait, and no listener stays", async () => {
  const wakeUp = new WakeUp();
  const stop = new AbortController();
  const removed = vi.spyOn(stop.signal, "removeEventListener");
  const wait = wakeUp.wait(wakeUp.count, 1000, stop.signal);
  stop.abort();
  await wait;
  expect(removed).toHaveBeenCalledOnce();
  expect(await hasResolved(wakeUp.wait(wakeUp.count, 1000, stop.signal))).toBe(true);
});
