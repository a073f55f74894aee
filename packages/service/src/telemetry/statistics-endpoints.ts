import { reportOf, type TimeColumns, type TimeSeries } from "@mailseal/stats";
import { registerStatistics } from "@mailseal/stats/prometheus";
import { Registry } from "prom-client";
import type { AnsweringEndpoint, JsonAnswer } from "../admin/endpoint.ts";
import type { Totals } from "./totals.ts";

/** The statistics, for the admin server of a program and for the server of the page. */
export function statisticsEndpoints(totals: Totals): readonly AnsweringEndpoint<JsonAnswer>[] {
  return [
    {
      method: "GET",
      path: "/stats",
      answer: async (query) => ({ status: 200, body: totals.snapshot(topOf(query)) }),
    },
    {
      method: "GET",
      path: "/stats/report",
      answer: async (query) => {
        const top = topOf(query);
        return { status: 200, body: reportOf(totals.snapshot(top), top) };
      },
    },
    {
      method: "GET",
      path: "/series",
      answer: async (query) => ({ status: 200, body: seriesOf(totals.series, query) }),
    },
    {
      method: "POST",
      path: "/stats/reset",
      answer: async () => {
        await totals.reset();
        return { status: 200, body: { reset: true } };
      },
    },
  ];
}

/** With `?span=day` each minute of the last day, otherwise each second of the last ten minutes. */
export function seriesOf(
  series: Pick<TimeSeries, "seconds" | "minutes">,
  query: URLSearchParams,
): TimeColumns {
  return query.get("span") === "day" ? series.minutes() : series.seconds();
}

/** The number in `?top=10`; anything else means all. */
function topOf(query: URLSearchParams): number {
  const text = query.get("top") ?? "";
  return /^\d+$/.test(text) ? Number(text) : Infinity;
}

/** `GET /metrics`, for Prometheus. */
export function metricsEndpoint(totals: Totals): AnsweringEndpoint {
  const registry = statisticsRegistry(totals);
  return {
    method: "GET",
    path: "/metrics",
    answer: async () => ({
      status: 200,
      contentType: registry.contentType,
      text: await registry.metrics(),
    }),
  };
}

/** A registry of prom-client with the metrics of the totals. */
export function statisticsRegistry(totals: Totals): Registry {
  const registry = new Registry();
  registerStatistics(registry, (top) => totals.snapshot(top));
  return registry;
}
