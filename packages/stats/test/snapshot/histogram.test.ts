import fc from "fast-check";
import { expect, test } from "vitest";
import { Histogram } from "../../src/index.ts";

const duration = fc.oneof(fc.nat(200), fc.nat(1e9), fc.nat(8e12));

function histogramOf(durations: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const ns of durations) histogram.record(ns);
  return histogram;
}

test("a quantile is within 1.6 % of the duration of that rank", () => {
  fc.assert(
    fc.property(
      fc.array(duration, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (durations, q) => {
        const sorted = durations.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN;
        const quantile = histogramOf(durations).quantileNs(q) ?? Number.NaN;
        expect(Math.abs(quantile - exact)).toBeLessThanOrEqual(exact / 64);
      },
    ),
  );
});

test("merging is as good as recording everything in one", () => {
  fc.assert(
    fc.property(fc.array(duration), fc.array(duration), (some, others) => {
      const merged = histogramOf(some);
      merged.merge(histogramOf(others).snapshot());
      expect(merged.snapshot()).toEqual(histogramOf([...some, ...others]).snapshot());
      expect(merged.count).toBe(some.length + others.length);
    }),
  );
});

test("counts up to a limit, short of at most those within 1/32 below it", () => {
  fc.assert(
    fc.property(fc.array(duration), duration, (durations, limit) => {
      const count = histogramOf(durations).countUpTo(limit);
      expect(count).toBeLessThanOrEqual(durations.filter((ns) => ns <= limit).length);
      expect(count).toBeGreaterThanOrEqual(
        durations.filter((ns) => ns <= limit - limit / 32).length,
      );
    }),
  );
});

test("is exact below 64 ns, and counts values beyond its range at its end", () => {
  const exact = Array.from({ length: 64 }, (_, ns) => histogramOf([ns]).quantileNs(1));
  expect(exact).toEqual(Array.from({ length: 64 }, (_, ns) => ns));
  const end = histogramOf([2 ** 43 - 1]).snapshot().buckets;
  for (const ns of [2 ** 43, Number.MAX_SAFE_INTEGER]) {
    expect(histogramOf([ns]).snapshot()).toEqual({ buckets: end, sumNs: ns });
  }
});

test("has no quantile while it is empty, and is empty when cleared", () => {
  const histogram = histogramOf([5, 7]);
  expect(histogram.sumNs).toBe(12);
  histogram.clear();
  expect(histogram.quantileNs(0.5)).toBeUndefined();
  expect(histogram.snapshot()).toEqual({ buckets: [], sumNs: 0 });
});
