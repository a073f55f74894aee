import { unlimited } from "../table/limits.ts";
import type { Snapshot } from "./snapshot.ts";
import { Tally } from "./tally.ts";

/**
 * The sum of snapshots, of processes or of machines. Nothing is lost: it has every row that one of them
 * has, and neither their order nor what is merged first matters, except for the order of the rows.
 * Without any, it is the snapshot of nothing, since 0.
 */
export function mergeSnapshots(...snapshots: readonly Snapshot[]): Snapshot {
  const tally = new Tally(unlimited);
  for (const snapshot of snapshots) tally.merge(snapshot);
  const [first, ...rest] = snapshots;
  return tally.snapshot(
    rest.reduce((since, { sinceMs }) => Math.min(since, sinceMs), first?.sinceMs ?? 0),
    rest.reduce((taken, { takenAtMs }) => Math.max(taken, takenAtMs), first?.takenAtMs ?? 0),
  );
}
