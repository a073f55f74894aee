import { expect, test } from "vitest";
import { createStatistics, mergeColumns, type Snapshot, TimeSeries } from "../../src/index.ts";
import { signed, unsigned, verified } from "../events.ts";

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

interface SeriesAt {
  readonly series: TimeSeries;
  /** Time passes until so many seconds after the start. */
  readonly at: (seconds: number) => void;
  /** Somebody sets the clock forward by so many seconds. */
  readonly step: (seconds: number) => void;
}

function seriesAt(): SeriesAt {
  let elapsed = 0;
  let ahead = 0;
  const series = new TimeSeries(
    () => (START_SECONDS + elapsed + ahead) * 1_000,
    () => elapsed * 1_000,
  );
  return {
    series,
    at: (seconds) => {
      elapsed = seconds;
    },
    step: (seconds) => {
      ahead += seconds;
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
  const { series, at, step } = seriesAt();
  at(10);
  series.add(delta(1_000));
  step(-7);
  series.add(delta(1_000));
  const { timeSeconds, counts } = series.seconds();
  expect(timeSeconds.at(-1)).toBe(START_SECONDS + 3);
  expect(counts.signed.at(-1)).toBe(2);
});

test.each([3600, -3600])(
  "a clock that steps by %i s moves the labels, not the points",
  (seconds) => {
    const { series, at, step } = seriesAt();
    series.add(delta(1_000));
    at(60);
    step(seconds);
    series.add(delta(1_000));
    at(120);
    series.add(delta(1_000));
    const minutes = series.minutes();
    expect(minutes.counts.signed.slice(-4)).toEqual([0, 1, 1, 1]);
    expect(minutes.timeSeconds.at(-1)).toBe(START_SECONDS + 120 + seconds);
    expect(series.seconds().counts.signed.filter((count) => count > 0)).toHaveLength(3);
  },
);

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
