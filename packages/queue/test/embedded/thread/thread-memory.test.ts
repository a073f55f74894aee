import { expect, test } from "vitest";
import { ThreadMemory } from "../../../src/embedded/thread/thread-memory.ts";

test("memory is collected at most once a minute, however many requests are served", () => {
  let nowMs = 1000;
  let collected = 0;
  const memory = new ThreadMemory(
    () => collected++,
    () => nowMs,
  );
  for (let second = 0; second < 600; second++) {
    nowMs += 1000;
    for (let request = 0; request < 10; request++) memory.served();
  }
  expect(collected).toBe(10);
});

test("old objects that are no longer used are freed, even if the heap has room", async () => {
  let nowMs = 0;
  const memory = new ThreadMemory(undefined, () => nowMs);
  const kept: object[] = Array.from({ length: 1000 }, () => ({}));
  const weak = kept.map((one) => new WeakRef(one));
  // WeakRefs hold what they were made of until the turn ends.
  await new Promise((resolve) => setImmediate(resolve));
  kept.length = 0;
  await expect
    .poll(() => {
      nowMs += 60_000;
      memory.served();
      return weak.filter((one) => one.deref() !== undefined).length;
    })
    .toBe(0);
});
