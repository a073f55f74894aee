import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const pauseMs = 60_000;

/**
 * Frees what served requests leave behind. Some of it has lived through two small collections by the time it is
 * answered, and V8 leaves that to a full one, which comes after some 10 MB of it: a thread that moves 16 messages a
 * second would grow for a quarter of an hour. Called after requests, it has one made at most once a minute: about
 * 10 ms, in steps.
 */
export class ThreadMemory {
  readonly #collect: () => void;
  readonly #elapsedMs: () => number;
  #lastMs: number;

  /** Both for tests: what collects, and a monotonic clock in milliseconds. */
  constructor(
    collect: () => void = collector(),
    elapsedMs: () => number = () => performance.now(),
  ) {
    this.#collect = collect;
    this.#elapsedMs = elapsedMs;
    this.#lastMs = elapsedMs();
  }

  served(): void {
    const nowMs = this.#elapsedMs();
    if (nowMs - this.#lastMs < pauseMs) return;
    this.#lastMs = nowMs;
    this.#collect();
  }
}

/** V8's own, whether or not the program was started with --expose-gc. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  setFlagsFromString("--no-expose-gc");
  if (typeof found !== "function") return () => undefined;
  return () => void found({ type: "major", execution: "async" });
}
