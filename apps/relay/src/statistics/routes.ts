import { reportOf } from "@mailseal/stats";
import type { AdminRoute } from "../admin/routes.ts";
import type { Totals } from "./totals.ts";

/** What the admin socket, and the page's server, tell of the statistics. */
export function statisticsRoutes(totals: Totals): readonly AdminRoute[] {
  return [
    {
      method: "GET",
      path: "/stats",
      answer: (_control, query) => ({ status: 200, body: totals.snapshot(topOf(query)) }),
    },
    {
      method: "GET",
      path: "/stats/report",
      answer: (_control, query) => {
        const top = topOf(query);
        return { status: 200, body: reportOf(totals.snapshot(top), top) };
      },
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

/** `?top=10`; what is no number is as if it were not there. */
function topOf(query: URLSearchParams): number {
  const top = Number(query.get("top") ?? Infinity);
  return Number.isInteger(top) && top >= 0 ? top : Infinity;
}
