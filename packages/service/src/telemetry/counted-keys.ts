import { performance } from "node:perf_hooks";
import type { KeyLookup, KeySource } from "@mailseal/dns-record";
import type { PolicyEvent } from "@mailseal/policy";
import type { Statistics } from "@mailseal/stats";

/** Wraps a key source so that each lookup is counted. */
export function countedKeys(keys: KeySource, statistics: Statistics): KeySource {
  return {
    find(selector, domain) {
      const found = keys.find(selector, domain);
      if (!(found instanceof Promise)) {
        count(statistics, "cache", found, 0);
        return found;
      }
      const startMs = performance.now();
      return found.then((lookup) => {
        count(statistics, "dns", lookup, (performance.now() - startMs) * 1e6);
        return lookup;
      });
    },
  };
}

/** Counts a lookup of a private key on disk. */
export function countKeyLoad(statistics: Statistics, event: PolicyEvent): void {
  if (event.type !== "key-load") return;
  const { answer, durationNs } = event;
  const source = "file";
  switch (answer.status) {
    case "found":
      return statistics.recordKeyLookup({ source, durationNs, outcome: "found" });
    case "missing":
      return statistics.recordKeyLookup({ source, durationNs, outcome: "nodata" });
    default:
      return statistics.recordKeyLookup({
        source,
        durationNs,
        outcome: "failed",
        failure: `file-${answer.status}`,
      });
  }
}

function count(
  statistics: Statistics,
  source: string,
  { status }: KeyLookup,
  durationNs: number,
): void {
  if (status === "found" || status === "nxdomain" || status === "nodata") {
    statistics.recordKeyLookup({ source, durationNs, outcome: status });
  } else {
    statistics.recordKeyLookup({ source, durationNs, outcome: "failed", failure: status });
  }
}
