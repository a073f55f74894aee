import { median } from "../measuring/measurement.ts";
import type { Cell, Inputs, Work } from "./cells.ts";

export interface Pace {
  readonly rounds: number;
  /** CPU time of each cell in a round. */
  readonly roundMs: number;
}

/**
 * Milliseconds of CPU time that each cell of one task needs, the median of the rounds. The cells take turns, and the time
 * is that of this process, so that other load on the machine does not count.
 */
export async function cpuMilliseconds(
  cells: readonly Cell[],
  inputs: Inputs,
  { rounds, roundMs }: Pace,
): Promise<ReadonlyMap<Cell, number>> {
  const runners = [];
  for (const cell of cells) {
    const work = await cell.setUp(inputs);
    // The first calls are slower: the engine compiles the code, and DNS is not cached yet.
    await spent(cell, work, inputs, 1);
    const count = await countFor(cell, work, inputs, roundMs);
    await spent(cell, work, inputs, count);
    runners.push({ cell, work, count, times: [] as number[] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { cell, work, count, times } of runners) {
      times.push((await spent(cell, work, inputs, count)) / count);
    }
  }
  return new Map(runners.map(({ cell, times }) => [cell, median(times)]));
}

async function countFor(cell: Cell, work: Work, inputs: Inputs, roundMs: number): Promise<number> {
  for (let count = 1; ; count *= 2) {
    const ms = await spent(cell, work, inputs, count);
    if (ms >= roundMs / 4) return Math.max(1, Math.round((count * roundMs) / ms));
  }
}

async function spent(cell: Cell, work: Work, inputs: Inputs, count: number): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < count; done++) await cell.task.run(work, inputs);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
