import { performance } from "node:perf_hooks";

/** The clock that everything in this package reads. */
export interface Clock {
  /** Unix time. */
  nowMs(): number;
  /** Monotonic: only differences have a meaning. */
  elapsedNs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedNs: () => Math.round(performance.now() * 1e6),
};
