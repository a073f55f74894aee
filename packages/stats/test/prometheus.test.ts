import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { createStatistics, type Statistics } from "../src/index.ts";
import {
  metrics,
  type PrometheusOptions,
  registerStatistics,
  seriesNames,
} from "../src/prometheus.ts";
import { signed, unsigned, verified } from "./events.ts";

async function scrape(
  statistics: Statistics,
  options?: PrometheusOptions,
): Promise<readonly string[]> {
  const registry = new Registry();
  registerStatistics(registry, (top) => statistics.snapshot(top), options);
  return (await registry.metrics()).split("\n");
}

function busy(): Statistics {
  const statistics = createStatistics({ now: () => 5_000 });
  statistics.recordSigning(signed("a.example", "out", 120_000));
  statistics.recordSigning(signed("a.example", "out", 80_000));
  statistics.recordSigning(unsigned("failed", "key-missing", "b.example", "bulk"));
  statistics.recordVerification(verified("pass", "pass", "a.example"));
  statistics.recordVerification(verified("fail", "expired", "c.example"));
  statistics.recordKeyLookup({
    source: "dns",
    outcome: "failed",
    failure: "timeout",
    durationNs: 1,
  });
  statistics.recordMessage({ frontEnd: "smtp", disposition: "accepted", durationNs: 2e6 });
  statistics.recordLogin("failed");
  statistics.recordDelivery({
    destination: "mx.example",
    outcome: "deferred",
    attempts: 1,
    durationNs: 3e9,
  });
  statistics.recordQueue({ queue: "out", depth: 4, oldestAgeMs: 1_500, dead: 2, missing: 7 });
  return statistics;
}

test.each([
  'mailseal_signing_messages_total{outcome="signed"} 2',
  'mailseal_signing_messages_total{outcome="failed"} 1',
  'mailseal_signing_messages_total{outcome="skipped"} 0',
  'mailseal_signing_domain_messages_total{domain="a.example",outcome="signed"} 2',
  'mailseal_signing_binding_messages_total{binding="bulk",outcome="failed"} 1',
  'mailseal_signing_binding_domain_messages_total{binding="out",domain="a.example",outcome="signed"} 2',
  'mailseal_unsigned_messages_total{outcome="failed",reason="key-missing"} 1',
  'mailseal_signatures_total{algorithm="rsa-sha256",key_bits="2048"} 2',
  'mailseal_verifications_total{code="expired",result="fail"} 1',
  'mailseal_verification_domain_results_total{domain="c.example",result="fail"} 1',
  'mailseal_verification_key_bits_results_total{key_bits="1024",result="pass"} 1',
  'mailseal_key_lookups_total{source="dns",outcome="failed"} 1',
  'mailseal_dns_failures_total{failure="timeout"} 1',
  'mailseal_messages_total{front_end="smtp",disposition="accepted"} 1',
  'mailseal_logins_total{outcome="failed"} 1',
  'mailseal_delivery_destination_attempts_total{destination="mx.example",outcome="deferred"} 1',
  'mailseal_signing_seconds_bucket{le="0.00005"} 1',
  'mailseal_signing_seconds_bucket{le="0.0001"} 2',
  'mailseal_signing_seconds_bucket{le="0.00025"} 3',
  'mailseal_signing_seconds_bucket{le="+Inf"} 3',
  "mailseal_signing_seconds_sum 0.0002001",
  "mailseal_signing_seconds_count 3",
  'mailseal_queue_messages{queue="out"} 4',
  'mailseal_queue_oldest_age_seconds{queue="out"} 1.5',
  'mailseal_queue_dead_messages{queue="out"} 2',
  'mailseal_queue_missing_messages{queue="out"} 7',
  "mailseal_statistics_start_time_seconds 5",
])("%s", async (line) => {
  expect(await scrape(busy())).toContain(line);
});

test("the series that are exposed are those that are listed", async () => {
  const lines = (await scrape(busy())).filter((line) => line !== "" && !line.startsWith("#"));
  const exposed = new Set(lines.map((line) => /^[a-z_]+/.exec(line)?.[0] ?? ""));
  expect([...exposed].toSorted()).toEqual(seriesNames.toSorted());
});

test("names follow the conventions of Prometheus", () => {
  for (const { name, type } of metrics) {
    expect(name).toMatch(/^mailseal_[a-z_]+$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    if (type === "histogram") expect(name).toMatch(/_seconds$/);
  }
  expect(new Set(seriesNames).size).toBe(seriesNames.length);
});

test("100,000 domains are a hundred series, or as many as are asked for", async () => {
  const statistics = createStatistics({ maxDomains: 100_000 });
  for (let at = 0; at < 100_000; at += 1) statistics.recordSigning(signed(`d${at}.example`));
  statistics.recordSigning(signed("d7.example"));
  const series = (lines: readonly string[]) =>
    lines.filter((line) => line.startsWith("mailseal_signing_domain_messages_total{"));
  expect(series(await scrape(statistics))).toHaveLength(100);
  expect(series(await scrape(statistics, { top: 1 }))).toEqual([
    'mailseal_signing_domain_messages_total{domain="d7.example",outcome="signed"} 2',
  ]);
});

test("one snapshot is taken for each scrape", async () => {
  const registry = new Registry();
  const statistics = createStatistics();
  let taken = 0;
  registerStatistics(registry, (top) => {
    taken += 1;
    return statistics.snapshot(top);
  });
  await registry.metrics();
  statistics.recordSigning(signed("a.example"));
  expect(await registry.metrics()).toContain('outcome="signed"} 1');
  expect(taken).toBe(2);
});

test("a hostile name is a label value and nothing else", async () => {
  const statistics = createStatistics();
  statistics.recordSigning(
    signed('x"} 9\nmailseal_signatures_total 9\n\\', "\u0000".repeat(1 << 20)),
  );
  const lines = await scrape(statistics);
  expect(lines).toContain(
    'mailseal_signing_domain_messages_total{domain="x\\"} 9\\\\u{a}mailseal_signatures_total 9\\\\u{a}\\\\",outcome="signed"} 1',
  );
  expect(lines).not.toContain("mailseal_signatures_total 9");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(800);
});
