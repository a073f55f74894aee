import { statisticsRegistry, type Totals } from "@mailseal/service";
import { rowsOf } from "@mailseal/stats";
import { Gauge, type Registry } from "prom-client";
import type { KeyInventory, KeyState } from "./key-inventory.ts";

interface KeyMetric {
  readonly name: string;
  readonly help: string;
  /** Undefined: no series for this key. */
  readonly of: (key: KeyState) => number | undefined;
}

const keyMetrics: readonly KeyMetric[] = [
  {
    name: "mailseal_key_published",
    help: "1 if DNS publishes the signing key, 0 if it does not. Absent if the lookup failed.",
    of: ({ publication }) =>
      publication === "unknown" ? undefined : Number(publication === "published"),
  },
  {
    name: "mailseal_key_usable",
    help: "1 if the key can be loaded, 0 if it cannot.",
    of: ({ bits }) => Number(bits !== undefined),
  },
  {
    name: "mailseal_key_bits",
    help: "Size of the key in bits.",
    of: ({ bits }) => bits,
  },
  {
    name: "mailseal_key_age_seconds",
    help: "Time since the file of the key was written.",
    of: ({ ageSeconds }) => ageSeconds,
  },
  {
    name: "mailseal_key_errors",
    help: "Number of errors in the key or its record. The page shows them.",
    of: ({ advice }) => advice.filter(({ level }) => level === "error").length,
  },
];

const checkedName = "mailseal_keys_checked_time_seconds";

/** The names of the series about keys. */
export const keySeriesNames: readonly string[] = [
  ...keyMetrics.map(({ name }) => name),
  checkedName,
];

/** All metrics of /metrics. */
export function metricsRegistry(totals: Totals, inventory: Pick<KeyInventory, "latest">): Registry {
  const registry = statisticsRegistry(totals);
  for (const { name, help, of } of keyMetrics) {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: ["domain", "selector"],
        registers: [],
        collect() {
          this.reset();
          for (const key of inventory.latest?.keys ?? []) {
            const value = of(key);
            if (value !== undefined) {
              this.set({ domain: key.domain, selector: key.selector }, value);
            }
          }
        },
      }),
    );
  }
  registry.registerMetric(
    new Gauge({
      name: checkedName,
      help: "Unix time at which the keys were looked up in DNS.",
      registers: [],
      collect() {
        this.set((inventory.latest?.checkedAtMs ?? 0) / 1000);
      },
    }),
  );
  return registry;
}

/** The domains that signed most, whose keys are checked. */
export function signingDomains(totals: Pick<Totals, "snapshot">): readonly string[] {
  const most = 100;
  return rowsOf(totals.snapshot(most), "signingByDomain", most).flatMap(({ names }) => names);
}
