import { expect, test } from "vitest";
import { labelOf, metrics, seriesNames } from "../../src/report/metric-list.ts";
import { tables } from "../../src/table/tables.ts";

test("names are those that Prometheus recommends: the program first, the unit or total last", () => {
  for (const { name, type, help } of metrics) {
    expect(name).toMatch(/^mailseal_[a-z_]+$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    if (type === "histogram") expect(name).toMatch(/_seconds$/);
    expect(help).toMatch(/^[A-Z].*\.$/);
  }
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
});

test("every column of a counter is one of its table", () => {
  for (const metric of metrics) {
    if (metric.type !== "counter") continue;
    const columns: readonly string[] = tables[metric.table].columns;
    expect(columns).toEqual(expect.arrayContaining([...metric.columns]));
    expect(metric.columns.length > 1).toBe(metric.split !== undefined);
  }
});

test("a histogram has three series, any other metric one", () => {
  expect(seriesNames).toContain("mailseal_signing_seconds_bucket");
  expect(seriesNames).not.toContain("mailseal_signing_seconds");
  expect(seriesNames).toContain("mailseal_logins_total");
});

test("a label is in snake case", () => {
  expect([labelOf("keyBits"), labelOf("domain")]).toEqual(["key_bits", "domain"]);
});
