import { expect, test } from "vitest";
import { createStatistics, reportOf } from "../../src/index.ts";
import { signed } from "../events.ts";

test("a report has the totals, the top rows and the sum of the rest", () => {
  const statistics = createStatistics({ now: () => 7 });
  for (const domain of ["a", "b", "b"]) statistics.recordSigning(signed(domain, "out", 2000));
  const report = reportOf(statistics.snapshot(), 1);
  expect(report).toMatchObject({ sinceMs: 7, takenAtMs: 7, queues: [] });
  expect(report.tables.signingByDomain).toMatchObject({
    total: { processed: 3 },
    other: { processed: 1 },
    dimensions: ["domain"],
    rows: [{ names: ["b"], counters: { processed: 2 } }],
  });
});

test("quantiles are close to the durations, and absent if nothing was timed", () => {
  const statistics = createStatistics();
  for (let number = 1; number <= 100; number++) {
    statistics.recordSigning(signed("a", "out", number * 1000));
  }
  const { times } = reportOf(statistics.snapshot());
  const { p50Ns = 0, p90Ns = 0, p99Ns = 0 } = times.signing;
  for (const [quantile, expected] of [
    [p50Ns, 50_000],
    [p90Ns, 90_000],
    [p99Ns, 99_000],
  ] as const) {
    expect(Math.abs(quantile - expected) / expected).toBeLessThanOrEqual(0.032);
  }
  expect(times.delivery).toEqual({ count: 0, sumNs: 0 });
});
