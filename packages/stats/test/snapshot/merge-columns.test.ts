import { expect, test } from "vitest";
import { createStatistics, mergeColumns, TimeSeries } from "../../src/index.ts";

function seriesOf(domains: readonly string[], durationNs: number, nowMs: number): TimeSeries {
  const series = new TimeSeries(
    () => nowMs,
    () => nowMs,
  );
  const statistics = createStatistics();
  for (const domain of domains) {
    statistics.recordSigning({ scope: { domain }, outcome: "signed", durationNs, signatures: [] });
  }
  series.add(statistics.snapshot());
  return series;
}

test("counts of one second are added, the longer duration stands, other seconds stay", () => {
  const first = seriesOf(["a.example", "b.example"], 1e6, 1_000_000).seconds();
  const second = seriesOf(["a.example"], 5e6, 1_000_000).seconds();
  const merged = mergeColumns(first, second);
  expect(merged.timeSeconds).toEqual(first.timeSeconds);
  expect(merged.counts.signed.at(-1)).toBe(3);
  expect(merged.latencyNs.signingP50.at(-1)).toBe(second.latencyNs.signingP50.at(-1));
  expect(merged.latencyNs.deliveryP50.at(-1)).toBeNull();
  const later = seriesOf(["a.example"], 5e6, 1_005_000).seconds();
  expect(mergeColumns(first, later).counts.signed.at(-1)).toBe(2);
  expect(mergeColumns(later, first).counts.signed.slice(-6)).toEqual([2, 0, 0, 0, 0, 1]);
  expect(mergeColumns(later, first).latencyNs.signingP50.at(-6)).toBe(
    first.latencyNs.signingP50.at(-1),
  );
});
