import { reportOf, type TimeColumns, type TimeSeries } from "@mailseal/stats";
import type { Totals } from "./totals.ts";

/** One thing that can be asked; `body` is sent as JSON. */
export interface StatisticsRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  answer(query: URLSearchParams): Promise<{ readonly status: number; readonly body: unknown }>;
}

/** What admin sockets, and the page's server, tell of the statistics. */
export function statisticsRoutes(totals: Totals): readonly StatisticsRoute[] {
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

/** `?span=day`: each minute of the last day; else each second of the last ten minutes. */
export function seriesOf(
  series: Pick<TimeSeries, "seconds" | "minutes">,
  query: URLSearchParams,
): TimeColumns {
  return query.get("span") === "day" ? series.minutes() : series.seconds();
}

/** `?top=10`; what is no number is as if it were not there. */
function topOf(query: URLSearchParams): number {
  const top = Number(query.get("top") ?? Infinity);
  return Number.isInteger(top) && top >= 0 ? top : Infinity;
}
