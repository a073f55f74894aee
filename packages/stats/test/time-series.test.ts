import { expect, test } from "vitest";
import { createStatistics, type Snapshot, TimeSeries } from "../src/index.ts";
import { signed, unsigned, verified } from "./events.ts";

const START_SECONDS = 1_800_000_000;

function delta(durationNs: number): Snapshot {
  const statistics = createStatistics();
  statistics.recordSigning(signed("a.example", "out", durationNs));
  statistics.recordSigning(unsigned("failed", "why", "a.example"));
  statistics.recordVerification(verified("pass", "pass", "a.example"));
  statistics.recordVerification(verified("fail", "expired", "a.example"));
  statistics.recordVerification({ result: "none", code: "none", testing: false });
  return statistics.snapshot();
}

function seriesAt(): { readonly series: TimeSeries; readonly at: (seconds: number) => void } {
  let now = START_SECONDS;
  const series = new TimeSeries(() => now * 1_000);
  return {
    series,
    at: (seconds) => {
      now = START_SECONDS + seconds;
    },
  };
}

test("deltas of one second add up, each second is a point", () => {
  const { series, at } = seriesAt();
  series.add(delta(1_000));
  at(0.9);
  series.add(delta(9_000));
  at(2);
  series.add(delta(5_000));

  const { timeSeconds, counts, latencyNs } = series.seconds();
  expect(timeSeconds).toHaveLength(600);
  expect(timeSeconds.slice(-3)).toEqual([START_SECONDS, START_SECONDS + 1, START_SECONDS + 2]);
  expect(counts.signed.slice(-4)).toEqual([0, 2, 0, 1]);
  expect(counts.signingFailed.slice(-3)).toEqual([2, 0, 1]);
  expect(counts.verifiedPass.slice(-3)).toEqual([2, 0, 1]);
  expect(counts.verifiedNotPass.slice(-3)).toEqual([2, 0, 1]);
  const [first, second, third] = latencyNs.signingP99.slice(-3);
  expect(first).toBeCloseTo(9_000, -3);
  expect(second).toBeNull();
  expect(third).toBeCloseTo(5_000, -3);
  expect(latencyNs.messageP50.every((ns) => ns === null)).toBe(true);
});

test("minutes last a day, seconds ten minutes", () => {
  const { series, at } = seriesAt();
  series.add(delta(1_000));
  at(600);
  expect(series.seconds().counts.signed.every((count) => count === 0)).toBe(true);
  expect(series.minutes().counts.signed.at(-11)).toBe(1);
  at(86_399);
  expect(series.minutes().counts.signed[0]).toBe(1);
  at(86_400);
  series.add(delta(1_000));
  const { timeSeconds, counts } = series.minutes();
  expect(timeSeconds).toHaveLength(1_440);
  expect(counts.signed.filter((count) => count > 0)).toEqual([1]);
  expect(counts.signed.at(-1)).toBe(1);
});

test("a clock that is set back goes on in the point it was in", () => {
  const { series, at } = seriesAt();
  at(10);
  series.add(delta(1_000));
  at(3);
  series.add(delta(1_000));
  const { timeSeconds, counts } = series.seconds();
  expect(timeSeconds.at(-1)).toBe(START_SECONDS + 10);
  expect(counts.signed.at(-1)).toBe(2);
});
