import { performance } from "node:perf_hooks";

/** Time, as everything in this package is told it. */
export interface Clock {
  /** Unix time. */
  nowMs(): number;
  /** Of no meaning but in differences. */
  elapsedNs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedNs: () => Math.round(performance.now() * 1e6),
};
