import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const pauseMs = 60_000;

/**
 * Frees the memory of replaced configs. Their objects are old enough that V8 leaves them to a full collection, and a
 * program whose mail is all short-lived makes one only after some 50 MB more, which is 2,500 reloads. This starts one
 * after a reload, at most once a minute: about 30 ms, in steps.
 */
export class RetiredMemory {
  readonly #collect = collector();
  #lastMs = performance.now();

  reloaded(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastMs < pauseMs) return;
    this.#lastMs = nowMs;
    void this.#collect?.({ type: "major", execution: "async" });
  }
}

type Collector = (options: { readonly type: "major"; readonly execution: "async" }) => unknown;

/** V8's own function, whether or not the program was started with --expose-gc. */
function collector(): Collector | undefined {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  setFlagsFromString("--no-expose-gc");
  return typeof found === "function" ? (found as Collector) : undefined;
}
