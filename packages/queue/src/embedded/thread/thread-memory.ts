import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const pauseMs = 60_000;

/**
 * Frees the garbage that served requests leave behind. Some objects survive two minor collections before their request
 * is answered, and V8 collects those only in a major collection, after about 10 MB of them: a thread that moves 16
 * messages a second would grow for a quarter of an hour. This class starts a major collection, of about 10 ms in steps,
 * at most once a minute.
 */
export class ThreadMemory {
  readonly #collect: () => void;
  readonly #elapsedMs: () => number;
  #lastMs: number;

  /** Tests replace both: the function that collects, and a monotonic clock in milliseconds. */
  constructor(
    collect: () => void = collector(),
    elapsedMs: () => number = () => performance.now(),
  ) {
    this.#collect = collect;
    this.#elapsedMs = elapsedMs;
    this.#lastMs = elapsedMs();
  }

  /** Call after each batch of requests. */
  served(): void {
    const nowMs = this.#elapsedMs();
    if (nowMs - this.#lastMs < pauseMs) return;
    this.#lastMs = nowMs;
    this.#collect();
  }
}

/** V8's collector, available whether or not the program was started with --expose-gc. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  setFlagsFromString("--no-expose-gc");
  if (typeof found !== "function") return () => undefined;
  return () => void found({ type: "major", execution: "async" });
}
