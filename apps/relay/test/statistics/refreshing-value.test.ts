import { expect, test } from "vitest";
import { RefreshingValue } from "../../src/statistics/refreshing-value.ts";

/** A value that is 1, 2, 3 ..., and how often it was made. */
function counter(maxAgeMs: number | ((value: number) => number)) {
  const state = { made: 0, nowMs: 0, failure: undefined as Error | undefined };
  const value = new RefreshingValue<number>({
    make: async () => {
      state.made++;
      if (state.failure !== undefined) throw state.failure;
      return state.made;
    },
    maxAgeMs,
    elapsedMs: () => state.nowMs,
  });
  return { state, value };
}

test("the first reading starts a refresh, and later ones only after maxAgeMs", async () => {
  const { state, value } = counter(10);
  expect(value.latest).toBeUndefined();
  await value.refresh();
  expect([value.latest, state.made]).toEqual([1, 1]);
  state.nowMs = 10;
  expect([value.latest, state.made]).toEqual([1, 1]);
  state.nowMs = 11;
  // A reader gets the previous value at once.
  expect([value.latest, state.made]).toEqual([1, 2]);
  await value.refresh();
  expect(value.latest).toBe(2);
});

test("readings and calls in the meantime share one refresh", async () => {
  const { state, value } = counter(10);
  await Promise.all([value.latest, value.latest, value.refresh(), value.refresh()]);
  expect(state.made).toBe(1);
});

test("if it cannot be made, the previous value stays, and the next reading tries again", async () => {
  const { state, value } = counter(10);
  await value.refresh();
  state.failure = new Error("no DNS");
  state.nowMs = 11;
  await expect(value.refresh()).resolves.toBeUndefined();
  expect([value.latest, state.made]).toEqual([1, 3]);
  state.failure = undefined;
  await value.refresh();
  await value.refresh();
  expect(value.latest).toBe(state.made);
});

test("the age may depend on the value", async () => {
  const { state, value } = counter((latest) => (latest === 1 ? 2 : 100));
  await value.refresh();
  state.nowMs = 3;
  expect(value.latest).toBe(1);
  await value.refresh();
  state.nowMs = 50;
  expect([value.latest, state.made]).toEqual([2, 2]);
});
