import { CountedBytes } from "../memory/counted-bytes.ts";
import type { MemoryBudget } from "../memory/memory-budget.ts";

export interface BodyLimits {
  readonly maxBytes: number;
  /** Counts what has arrived, of all requests together. */
  readonly budget: MemoryBudget;
  /** For all of it to arrive. */
  readonly timeoutMs: number;
}

/** A body that must be given back; or the status of the answer that refuses it. */
export type RequestBody =
  | { readonly ok: true; readonly bytes: Buffer; release(): void }
  | { readonly ok: false; readonly status: 408 | 413 | 503; readonly error: string };

/**
 * Reads the body of an HTTP request into memory that is counted as it arrives. `declared` is its Content-Length,
 * which is refused before anything is read. What it does not read is left in the source. Rejects where the source does.
 */
export async function readBody(
  source: AsyncIterable<Uint8Array>,
  declared: string | null | undefined,
  { maxBytes, budget, timeoutMs }: BodyLimits,
): Promise<RequestBody> {
  const declaredBytes = Number(declared ?? 0);
  if (declaredBytes > maxBytes) return tooLong(maxBytes);
  if (!budget.hasRoom(declaredBytes)) return noRoom;
  const longest = declaredBytes > 0 ? declaredBytes : maxBytes;
  const body = new CountedBytes(budget, longest);
  const chunks = source[Symbol.asyncIterator]();
  const limit = new TimeLimit(timeoutMs);
  try {
    for (;;) {
      const next = await limit.wait(chunks.next());
      if (next === "late") return refused(body, tooSlow(timeoutMs));
      if (next.done === true) break;
      if (!body.add(next.value)) {
        const isTooLong = body.sizeBytes + next.value.length > longest;
        return refused(body, isTooLong ? tooLong(longest) : noRoom);
      }
    }
  } catch (error) {
    body.release();
    throw error;
  } finally {
    limit.clear();
  }
  return { ok: true, bytes: body.bytes, release: () => body.release() };
}

/**
 * One wait at a time within a limit for all of them. (Racing each with a promise that lives as long as the
 * request would keep something of every piece in memory until its end.)
 */
class TimeLimit {
  readonly #timer: NodeJS.Timeout;
  #isOver = false;
  #interrupt: (() => void) | undefined;

  constructor(timeoutMs: number) {
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      this.#interrupt?.();
    }, timeoutMs);
  }

  wait<Value>(promise: Promise<Value>): Promise<Value | "late"> {
    return new Promise((resolve, reject) => {
      this.#interrupt = () => resolve("late");
      promise.then(resolve, reject);
      if (this.#isOver) resolve("late");
    });
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

/** For the Retry-After of a 503. */
export const retryAfterSeconds = "5";

type Refusal = Extract<RequestBody, { readonly ok: false }>;

const noRoom: Refusal = {
  ok: false,
  status: 503,
  error: "too much is being uploaded at the moment (limits.memory), try again",
};

function tooLong(maxBytes: number): Refusal {
  return { ok: false, status: 413, error: `expected a message of at most ${maxBytes} octets` };
}

function tooSlow(timeoutMs: number): Refusal {
  return { ok: false, status: 408, error: `expected the whole message within ${timeoutMs} ms` };
}

function refused(body: CountedBytes, refusal: Refusal): Refusal {
  body.release();
  return refusal;
}
