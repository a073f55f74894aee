import { expect, test } from "vitest";
import { fresh, latest, plan, rotation, world } from "../support/started-rotation.ts";
import { domain } from "../support/world.ts";

test("waits double up to an hour, and the history lists each reason once", async () => {
  world.stale.set("two", { status: "servfail", reason: "broken" });
  await rotation.start(domain, { plan });
  const waits: number[] = [];
  for (let round = 0; round < 9; round++) {
    await rotation.advance();
    const dueMs = latest()?.dueMs ?? 0;
    waits.push((dueMs - world.nowMs) / 1000);
    world.nowMs = dueMs;
  }
  expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
  expect(rotation.history().filter(({ stage }) => stage === "confirm")).toHaveLength(1);
});

test("propose and preview change nothing", async () => {
  const proposed = await rotation.propose(domain, { plan });
  expect(proposed.incoming).toMatchObject([{ selector: fresh }]);
  expect(rotation.status()).toEqual([]);
  await rotation.start(domain, { plan });
  const before = JSON.stringify([[...world.zone], [...world.files], rotation.history()]);
  expect(rotation.preview()).toMatchObject([{ next: `make the private keys of ${fresh}` }]);
  expect(JSON.stringify([[...world.zone], [...world.files], rotation.history()])).toBe(before);
});
