import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Aggregator, createStatistics, fileStore } from "../../src/index.ts";
import { signed, verified } from "../events.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mailseal-stats-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function stateOf(events: number) {
  const statistics = createStatistics({ maxDomains: 3, now: () => 1_000 });
  for (let at = 0; at < events; at += 1) {
    statistics.recordSigning(signed(`d${at}.example`));
    statistics.recordVerification(verified("fail", "expired", `d${at}.example`));
  }
  statistics.recordQueue({ queue: "out", depth: 1, oldestAgeMs: 2 });
  const aggregator = new Aggregator({ now: () => 2_000 });
  aggregator.reset();
  const delta = statistics.snapshot();
  aggregator.receive({ processId: "p", sequence: 7, delta });
  return aggregator.state();
}

test("loads the last saved state, and leaves one file", async () => {
  const path = join(folder, "sub", "stats");
  const store = fileStore(path);
  expect(await store.load()).toEqual({});
  await store.save(stateOf(1));
  await store.save(stateOf(9));
  expect(await store.load()).toEqual({ state: stateOf(9) });
  expect(await readdir(join(folder, "sub"))).toEqual(["stats"]);
});

test("a file that a crash left beside it does no harm", async () => {
  const path = join(folder, "crashed");
  await fileStore(path).save(stateOf(2));
  await writeFile(`${path}.new`, "mailseal-stat");
  expect(await fileStore(path).load()).toEqual({ state: stateOf(2) });
  await fileStore(path).save(stateOf(3));
  expect(await fileStore(path).load()).toEqual({ state: stateOf(3) });
});

test("a file cut off or changed anywhere is set aside, with the reason", async () => {
  const path = join(folder, "damaged");
  await fileStore(path).save(stateOf(2));
  const whole = await readFile(path);
  const place = fc.nat(whole.length - 2);
  const damage = fc.oneof(
    place.map((end) => whole.subarray(0, end)),
    fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ bits;
      return changed;
    }),
  );
  await fc.assert(
    fc.asyncProperty(damage, async (bytes) => {
      await writeFile(path, bytes);
      const { state, setAside } = await fileStore(path).load();
      expect(state).toBeUndefined();
      expect(setAside?.reason).toMatch(/^it |^its /);
      expect(await readFile(setAside?.path ?? "")).toEqual(bytes);
      expect(await fileStore(path).load()).toEqual({});
    }),
    { numRuns: 60 },
  );
});

test("an error of the file system rejects", async () => {
  await writeFile(join(folder, "file"), "");
  const store = fileStore(join(folder, "file", "stats"));
  await expect(store.load()).rejects.toThrow("ENOTDIR");
  await expect(store.save(stateOf(1))).rejects.toThrow(/ENOTDIR|EEXIST/);
});
