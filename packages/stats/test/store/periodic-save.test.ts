import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  Aggregator,
  type AggregatorState,
  createStatistics,
  fileStore,
  keepSaved,
  type StatisticsStore,
  totalOf,
} from "../../src/index.ts";
import { signed } from "../events.ts";
import { EVENTS_PER_INTERVAL } from "./saving-interval.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mailseal-stats-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Counts as one process would, `sequence` after `sequence`. */
function count(aggregator: Aggregator, sequence: number): void {
  const statistics = createStatistics();
  statistics.recordSigning(signed("a.example"));
  const delta = statistics.snapshot();
  aggregator.receive({ processId: "p", sequence, epoch: aggregator.epoch, delta });
}

function memoryStore(): StatisticsStore & { readonly saved: AggregatorState[] } {
  const saved: AggregatorState[] = [];
  return {
    saved,
    load: () => Promise.resolve(saved.length > 0 ? { state: saved.at(-1) as AggregatorState } : {}),
    save: async (state) => {
      saved.push(state);
    },
  };
}

test("saves at each interval what changed, and once more at the end", async () => {
  const store = memoryStore();
  const aggregator = new Aggregator();
  let tick = () => {};
  let stopped = false;
  const statistics = await keepSaved({
    aggregator,
    store,
    intervalMs: 7,
    every: (intervalMs, callback) => {
      expect(intervalMs).toBe(7);
      tick = callback;
      return () => {
        stopped = true;
      };
    },
  });
  tick();
  await statistics.save();
  expect(store.saved).toHaveLength(0);
  count(aggregator, 1);
  tick();
  tick();
  await statistics.save();
  expect(store.saved).toHaveLength(1);
  count(aggregator, 2);
  await statistics.close();
  expect(stopped).toBe(true);
  expect(store.saved.map(({ snapshot }) => totalOf(snapshot, "signing").processed)).toEqual([1, 2]);
});

test("a reset is durable before it is answered, and goes on from the stored epoch", async () => {
  const store = memoryStore();
  const first = new Aggregator();
  const statistics = await keepSaved({ aggregator: first, store });
  count(first, 1);
  expect(await statistics.reset()).toEqual({ epoch: 1 });
  const second = new Aggregator();
  await keepSaved({ aggregator: second, store });
  expect(second.epoch).toBe(1);
  expect(totalOf(second.snapshot(), "signing").processed).toBe(0);
});

test("a save that fails is reported, and retried", async () => {
  const store = memoryStore();
  const aggregator = new Aggregator();
  const full = new Error("no space");
  let tick = () => {};
  const errors: unknown[] = [];
  let fails = true;
  const statistics = await keepSaved({
    aggregator,
    store: { ...store, save: (state) => (fails ? Promise.reject(full) : store.save(state)) },
    onError: (error) => errors.push(error),
    every: (_, callback) => {
      tick = callback;
      return () => {};
    },
  });
  count(aggregator, 1);
  tick();
  await expect(statistics.save()).rejects.toThrow(full);
  expect(errors).toEqual([full]);
  fails = false;
  tick();
  await statistics.close();
  expect(store.saved).toHaveLength(1);
});

test("kill -9 at random loses no more than the interval", { timeout: 120_000 }, async () => {
  const path = join(folder, "stats");
  const script = new URL("saving-process.ts", import.meta.url).pathname;
  for (let round = 0; round < 8; round += 1) {
    const child = spawn(process.execPath, [script, path], { stdio: ["ignore", "pipe", "inherit"] });
    const counts: number[] = [];
    const linesBeforeKill = 5 + Math.floor(Math.random() * 60);
    createInterface(child.stdout).on("line", (line) => {
      counts.push(Number(line));
      if (counts.length === linesBeforeKill) {
        void setTimeout(Math.random() * 10).then(() => child.kill("SIGKILL"));
      }
    });
    const [, signal] = await once(child, "close");
    expect(signal).toBe("SIGKILL");
    const { state, setAside } = await fileStore(path).load();
    expect(setAside).toBeUndefined();
    const stored = state === undefined ? 0 : totalOf(state.snapshot, "signing").processed;
    const recorded = counts.at(-1) ?? 0;
    expect(stored).toBeGreaterThanOrEqual(recorded - EVENTS_PER_INTERVAL);
    // The first line is printed after the first event: less that, it is what was loaded.
    expect(stored).toBeGreaterThanOrEqual((counts[0] ?? 0) - 1);
  }
});
