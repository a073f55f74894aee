import { performance } from "node:perf_hooks";

/** The clock that everything in this package reads. */
export interface Clock {
  /** Unix time. */
  nowMs(): number;
  /** Monotonic: only differences have a meaning. */
  elapsedNs(): number;
}

/**
 * The clock of the machine.
 *
 * ```ts
 * const startedNs = systemClock.elapsedNs();
 * await pipeline.process(message, envelope, context);
 * console.log(systemClock.elapsedNs() - startedNs, "ns");
 * ```
 */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedNs: () => Math.round(performance.now() * 1e6),
};
