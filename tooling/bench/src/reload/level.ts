import { slope } from "../measuring/measurement.ts";

/** Resident memory of one process over time. */
export type Points = readonly (readonly [minutes: number, megabytes: number])[];

/** The highest slope, in megabytes per minute, that counts as level: V8 returns memory at irregular times. */
export const growthBudgetMb = 1;
/** The least share of the last minute that the first may be: a slow growth adds up over eight minutes. */
export const leastOfLast = 0.95;

export interface Level {
  /** Megabytes per minute, by least squares. */
  readonly growthMb: number;
  /** Means of the first and of the last minute. */
  readonly firstMb: number;
  readonly lastMb: number;
  readonly mostMb: number;
  /** True if neither bound is exceeded. Memory that shrinks is level. */
  readonly isLevel: boolean;
}

/** Judges whether memory stayed level. `minute` is the length of a minute in the points' time, which is shorter in a quick run. */
export function levelOf(points: Points, minute = 1): Level {
  const [from = 0] = points.at(0) ?? [];
  const [to = 0] = points.at(-1) ?? [];
  const growthMb = slope(points);
  const firstMb = meanOf(points.filter(([at]) => at <= from + minute));
  const lastMb = meanOf(points.filter(([at]) => at >= to - minute));
  return {
    growthMb,
    firstMb,
    lastMb,
    mostMb: Math.max(...points.map(([, mb]) => mb)),
    isLevel: growthMb <= growthBudgetMb && firstMb >= leastOfLast * lastMb,
  };
}

function meanOf(points: Points): number {
  return points.reduce((sum, [, mb]) => sum + mb, 0) / points.length;
}
