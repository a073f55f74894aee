import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { seriesNames } from "@mailseal/stats/prometheus";
import { documentedMetrics, exportedMetrics } from "@mailseal/testkit/metric-list";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { keySeriesNames } from "../../src/statistics/metrics.ts";
import { serveRelay } from "../support/served-relay.ts";

const exported = new Set([...seriesNames, ...keySeriesNames]);

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
}

function monitoringFile(name: string): string {
  const url = new URL(`../../../../docs/guides/monitoring/${name}`, import.meta.url);
  return readFileSync(fileURLToPath(url), "utf8");
}

const { groups } = parse(monitoringFile("alerts.yaml")) as {
  groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(monitoringFile("grafana-dashboard.json")) as Dashboard;

function metricsOf(expression: string): readonly string[] {
  return expression.match(/\bmailseal_\w+/g) ?? [];
}

test("docs/guides/monitoring.md lists every metric of the relay, and no other", async () => {
  const { url } = await serveRelay();
  const exportedByRelay = exportedMetrics(await (await fetch(`${url}metrics`)).text());
  const documented = [
    ...documentedMetrics("relay and worker"),
    ...documentedMetrics("the relay only"),
  ];
  expect(exportedByRelay).toEqual(documented.toSorted());
});

describe("alert rules", () => {
  test.each(rules.map(({ alert, expr }) => [alert, expr]))(
    "%s uses exported metrics only",
    (_, expr) => {
      for (const name of metricsOf(expr)) expect(exported).toContain(name);
    },
  );

  test.each([
    ["signing failures", "mailseal_signing_messages_total"],
    ["key lookup failures", "mailseal_dns_failures_total"],
    ["unpublished keys", "mailseal_key_published"],
    ["keys to be replaced", "mailseal_key_age_seconds"],
    ["queue age", "mailseal_queue_oldest_age_seconds"],
  ])("there is a rule for %s", (_, name) => {
    expect(rules.flatMap(({ expr }) => metricsOf(expr))).toContain(name);
  });
});

describe("Grafana dashboard", () => {
  test.each(
    dashboard.panels.map(({ title, targets }) => [title, targets.map(({ expr }) => expr)] as const),
  )("panel %s uses exported metrics only", (_, expressions) => {
    const names = expressions.flatMap(metricsOf);
    expect(names).not.toHaveLength(0);
    for (const name of names) expect(exported).toContain(name);
  });

  test("has variables that exist", () => {
    const names = dashboard.templating.list.flatMap(({ query }) => metricsOf(query));
    for (const name of names) expect(exported).toContain(name);
  });
});
