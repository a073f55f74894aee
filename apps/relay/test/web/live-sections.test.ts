import { configSchema } from "@mailseal/config";
import { type Control, createLog, Totals } from "@mailseal/service";
import { createStatistics, TimeSeries } from "@mailseal/stats";
import { expect, test, vi } from "vitest";
import type { JointStatistics } from "../../src/statistics/joint-statistics.ts";
import type { KeyInventory } from "../../src/statistics/key-inventory.ts";
import type { WorkerWatch } from "../../src/statistics/worker-watch.ts";
import { LiveSections } from "../../src/web/live-sections.ts";
import { liveSectionIds } from "../../src/web/sections.ts";
import { textOf } from "../support/page-data.ts";
import { afterThisTest } from "../support/relay-under-test.ts";

test("the sections are read anew at most once a second, however many pages are open", async () => {
  let nowMs = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  afterThisTest(async () => clock.mockRestore());
  const config = configSchema.parse({});
  const silent = createLog({ level: "silent", format: "json" }, process.stdout);
  const statistics = createStatistics();
  let readings = 0;
  const sections = new LiveSections({
    control: { config, isReady: false } as Control,
    totals: await Totals.open(config.statistics, silent),
    statistics: {
      snapshot: () => {
        readings++;
        return statistics.snapshot();
      },
      minutes: () => new TimeSeries().minutes(),
    } as unknown as JointStatistics,
    inventory: { latest: undefined } as KeyInventory,
    worker: { latest: undefined } as WorkerWatch,
  });
  const first = sections.now();
  expect(Object.keys(first)).toEqual(liveSectionIds);
  expect(textOf(first.summary)).toContain("not ready");
  expect(sections.now()).toBe(first);
  nowMs = 899;
  expect(sections.now()).toBe(first);
  expect(readings).toBe(1);
  const scope = { domain: "example.com", binding: "out" };
  statistics.recordSigning({ scope, outcome: "signed", durationNs: 1e6, signatures: [] });
  nowMs = 900;
  expect(textOf(sections.now()["signing-domains"])).toContain("example.com 1 0 0 1.00 ms");
  expect(readings).toBe(2);
});
