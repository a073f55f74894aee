import { registerStatistics } from "@mailseal/stats/prometheus";
import { Registry } from "prom-client";
import type { Totals } from "./totals.ts";

/** What /metrics tells of the totals. */
export function statisticsRegistry(totals: Totals): Registry {
  const registry = new Registry();
  registerStatistics(registry, (top) => totals.snapshot(top));
  return registry;
}
