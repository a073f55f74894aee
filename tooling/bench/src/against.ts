import { measuredApart, thisCheckout } from "./measuring/apart.ts";
import { type Measurement, median } from "./measuring/measurement.ts";

/** One row of a suite in this checkout, compared with the same row in another. */
export interface Change {
  readonly name: string;
  readonly against: string;
  /** The median over all rounds; above 1 this checkout is better, whatever the unit. */
  readonly ratio: number;
  /** The same ratio between two runs of the other checkout, for each round: what noise alone does. */
  readonly noise: readonly number[];
}

/**
 * Runs a suite in another checkout, in this one, and in the other again, in every round. Rows are paired by their
 * place in the suite, because their names may be part of the change.
 */
export function compareWith(
  checkout: string,
  suite: string,
  { rounds, args }: { readonly rounds: number; readonly args: readonly string[] },
): readonly Change[] {
  const measured = Array.from({ length: rounds }, () =>
    [checkout, thisCheckout, checkout].map((root) => measuredApart(root, suite, args)),
  );
  const rows = measured[0]?.[1] ?? [];
  if (measured.flat().some(({ length }) => length !== rows.length)) {
    throw new Error(`the suite ${suite} does not have the same rows in both checkouts`);
  }
  return rows.map(({ name, against }, row) => {
    const speeds = measured.map((runs) => runs.map((ran) => speedOf(ran[row])));
    return {
      name,
      against,
      ratio: median(speeds.map(([before = 0, now = 0, again = 0]) => (2 * now) / (before + again))),
      noise: speeds.map(([before = 0, , again = 0]) => again / before),
    };
  });
}

/** Our figure, turned so that higher is better. */
function speedOf(row: Measurement | undefined): number {
  if (row === undefined) return Number.NaN;
  return row.unit.endsWith("/s") ? row.ours : 1 / row.ours;
}

/** A table of the changes, for a terminal. */
export function changesText(suite: string, changes: readonly Change[]): string {
  const rows = changes.map(({ name, against, ratio, noise }) => {
    const [least, most] = [Math.min(...noise), Math.max(...noise)];
    const compared = `${name}, with ${against}`;
    return `  ${ratio.toFixed(3)}  (noise ${least.toFixed(3)} to ${most.toFixed(3)})  ${compared}`;
  });
  return [`\n${suite}: this checkout compared with the other; above 1 is better`, ...rows].join(
    "\n",
  );
}
