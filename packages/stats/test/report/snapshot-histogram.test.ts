import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { Histogram } from "../../src/index.ts";
import { SnapshotHistogram } from "../../src/report/snapshot-histogram.ts";

test("a registry prints the buckets, the sum and the count of a snapshot", async () => {
  const histogram = new Histogram();
  for (const ns of [40_000, 2_000_000, 2_000_000, 100e9]) histogram.record(ns);
  const registry = new Registry();
  registry.registerMetric(new SnapshotHistogram("x_seconds", "Time.", () => histogram.snapshot()));
  const text = await registry.metrics();
  expect(text).toContain("# HELP x_seconds Time.\n# TYPE x_seconds histogram\n");
  expect(text).toContain('x_seconds_bucket{le="0.00005"} 1\n');
  expect(text).toContain('x_seconds_bucket{le="0.001"} 1\n');
  expect(text).toContain('x_seconds_bucket{le="0.0025"} 3\n');
  expect(text).toContain('x_seconds_bucket{le="60"} 3\n');
  expect(text).toContain('x_seconds_bucket{le="+Inf"} 4\n');
  expect(text).toContain("x_seconds_count 4");
  expect(text).toContain("x_seconds_sum 100.00404");
});
