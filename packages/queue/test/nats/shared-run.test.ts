import { expect, test } from "vitest";
import { SharedRun } from "../../src/nats/shared-run.ts";

test("callers during a run share it, and the next caller starts another", async () => {
  let runs = 0;
  const shared = new SharedRun(() => Promise.resolve(++runs));
  expect(await Promise.all([shared.join(), shared.join()])).toEqual([1, 1]);
  expect(await shared.join()).toBe(2);
});

test("a run that fails rejects for every caller, and the next caller starts another", async () => {
  let runs = 0;
  const shared = new SharedRun(async () => {
    runs++;
    if (runs === 1) throw new Error("full");
  });
  const results = await Promise.allSettled([shared.join(), shared.join()]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await shared.join();
  expect(runs).toBe(2);
});
