import type { TimeColumns } from "./time-series.ts";

/**
 * Two time series as one, with the points of the first: counts are added. Quantiles cannot be, so the
 * longer duration stands. Points of the second that the first does not have are left out.
 */
export function mergeColumns(first: TimeColumns, second: TimeColumns): TimeColumns {
  const at = new Map(second.timeSeconds.map((seconds, index) => [seconds, index]));
  const places = first.timeSeconds.map((seconds) => at.get(seconds));
  const merged = <Value>(
    one: Readonly<Record<string, readonly Value[]>>,
    other: Readonly<Record<string, readonly Value[]>>,
    together: (a: Value, b: Value) => Value,
  ): unknown =>
    Object.fromEntries(
      Object.entries(one).map(([name, column]) => [
        name,
        column.map((value, index) => {
          const place = places[index];
          const added = place === undefined ? undefined : other[name]?.[place];
          return added === undefined ? value : together(value, added);
        }),
      ]),
    );
  return {
    timeSeconds: first.timeSeconds,
    counts: merged(first.counts, second.counts, (a, b) => a + b) as TimeColumns["counts"],
    latencyNs: merged(first.latencyNs, second.latencyNs, longer) as TimeColumns["latencyNs"],
  };
}

function longer(one: number | null, other: number | null): number | null {
  return one === null ? other : Math.max(one, other ?? 0);
}
