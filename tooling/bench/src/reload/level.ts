import { slope } from "../slope.ts";

/** Resident memory of one process over time. */
export type Points = readonly (readonly [minutes: number, megabytes: number])[];

/** Of the straight line nearest to all points. V8 gives memory back when it likes: a tenth of it comes and goes. */
export const growthBudgetMb = 1;
/** How much less the first minute may be than the last, of the last: what a slow line adds up to in eight minutes. */
export const leastOfLast = 0.95;

export interface Level {
  /** Megabytes a minute, by least squares. */
  readonly growthMb: number;
  /** Means of the first and of the last minute. */
  readonly firstMb: number;
  readonly lastMb: number;
  readonly mostMb: number;
  /** Neither bound is passed. Memory that shrinks is level. */
  readonly isLevel: boolean;
}

/** Whether memory was level; `minute` is a minute of the points' own time, shorter in a short run. */
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
