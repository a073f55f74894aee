/**
 * Exports the statistics as metrics of prom-client.
 *
 * ```ts
 * import { createStatistics } from "@mailseal/stats";
 * import { registerStatistics } from "@mailseal/stats/prometheus";
 * import { Registry } from "prom-client";
 *
 * const statistics = createStatistics();
 * const registry = new Registry();
 * registerStatistics(registry, (top) => statistics.snapshot(top));
 * console.log(await registry.metrics());
 * ```
 */
import { number, optionsCheck } from "@mailseal/errors";
import {
  Counter,
  Gauge,
  type OpenMetricsContentType,
  type PrometheusContentType,
  type Registry,
} from "prom-client";
import { invalidOption } from "./errors.ts";
import { type CounterMetric, type GaugeMetric, labelOf, metrics } from "./report/metric-list.ts";
import { SnapshotHistogram } from "./report/snapshot-histogram.ts";
import type { Snapshot } from "./snapshot/snapshot.ts";
import { rowsOf } from "./table/rows.ts";
import { isDomain, tables } from "./table/tables.ts";

export {
  type CounterMetric,
  type GaugeMetric,
  type HistogramMetric,
  type MetricDescription,
  metrics,
  seriesNames,
} from "./report/metric-list.ts";

/** The options of `registerStatistics`. */
export interface PrometheusOptions {
  /**
   * How many rows of each table by domain, destination or binding become series: those with the most events.
   * Default 100.
   */
  readonly top?: number;
}

const checkOptions = optionsCheck<PrometheusOptions>("options", { top: number(0) }, invalidOption);

const DEFAULT_TOP = 100;

/**
 * Registers everything in `metrics`. It calls `takeSnapshot` once for each scrape.
 *
 * Domains beyond the top have no series, and neither has "other": it would shrink when a domain enters the
 * top, and Prometheus takes a counter that shrinks for a restart. Subtract the sum of the domains from the
 * total instead.
 *
 * ```ts
 * import { Registry } from "prom-client";
 *
 * const registry = new Registry();
 * registerStatistics(registry, (top) => statistics.snapshot(top));
 * console.log(await registry.metrics());
 * ```
 *
 * @throws StatisticsError "invalid-option".
 */
export function registerStatistics(
  registry: Registry<PrometheusContentType> | Registry<OpenMetricsContentType>,
  takeSnapshot: (top: number) => Snapshot,
  options: PrometheusOptions = {},
): void {
  checkOptions(options);
  const { top = DEFAULT_TOP } = options;
  const snapshot = oncePerScrape(() => takeSnapshot(top));
  for (const metric of metrics) {
    switch (metric.type) {
      case "counter":
        registry.registerMetric(toCounter(metric, snapshot, top));
        break;
      case "histogram":
        registry.registerMetric(
          new SnapshotHistogram(
            metric.name,
            metric.help,
            () => snapshot().histograms[metric.histogram],
          ),
        );
        break;
      case "gauge":
        registry.registerMetric(toGauge(metric, snapshot));
        break;
    }
  }
}

/** A registry collects all its metrics in one turn of the event loop. */
function oncePerScrape(takeSnapshot: () => Snapshot): () => Snapshot {
  let taken: Snapshot | undefined;
  return () => {
    if (taken === undefined) {
      taken = takeSnapshot();
      queueMicrotask(() => {
        taken = undefined;
      });
    }
    return taken;
  };
}

function toCounter(metric: CounterMetric, snapshot: () => Snapshot, top: number): Counter {
  const { name, help, table, columns, split } = metric;
  const { dimensions } = tables[table];
  const labels = dimensions.map(labelOf);
  const bounded = dimensions.some((dimension) => isDomain(dimension) || dimension === "binding");
  return new Counter({
    name,
    help,
    labelNames: split === undefined ? labels : [...labels, split],
    registers: [],
    collect() {
      this.reset();
      for (const { names, counters } of rowsOf(snapshot(), table, bounded ? top : Infinity)) {
        const values = Object.fromEntries(labels.map((label, at) => [label, names[at] ?? ""]));
        for (const column of columns) {
          const count = (counters as Readonly<Record<string, number>>)[column] ?? 0;
          // A row without dimensions is always exported, so that a rate can be computed from the first event on.
          if (count === 0 && dimensions.length > 0) continue;
          this.inc(split === undefined ? values : { ...values, [split]: column }, count);
        }
      }
    },
  });
}

function toGauge({ name, help, reading }: GaugeMetric, snapshot: () => Snapshot): Gauge {
  return new Gauge({
    name,
    help,
    labelNames: reading === "sinceSeconds" ? [] : ["queue"],
    registers: [],
    collect() {
      this.reset();
      const { queues, sinceMs } = snapshot();
      if (reading === "sinceSeconds") return this.set(sinceMs / 1000);
      for (const { queue, oldestAgeMs, ...counts } of queues) {
        const value = reading === "oldestAgeSeconds" ? oldestAgeMs / 1000 : counts[reading];
        if (value !== undefined) this.set({ queue }, value);
      }
    },
  });
}
