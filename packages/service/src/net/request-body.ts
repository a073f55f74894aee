import { CountedBytes } from "../memory/counted-bytes.ts";
import type { MemoryBudget } from "../memory/memory-budget.ts";

export interface BodyLimits {
  readonly maxBytes: number;
  /** The memory that the bodies of all requests share. */
  readonly budget: MemoryBudget;
  /** The time limit for the whole body. */
  readonly timeoutMs: number;
}

/** A body whose memory the caller must release, or the status and error of the response that refuses it. */
export type RequestBody =
  | { readonly ok: true; readonly bytes: Buffer; release(): void }
  | { readonly ok: false; readonly status: 408 | 413 | 503; readonly error: string };

/**
 * Reads the body of an HTTP request into memory, which counts towards the budget as the body arrives. `declared` is its
 * Content-Length: a body that is too long by it is refused before anything is read. The unread rest stays in the
 * source. Rejects if the source does.
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
 * Limits the total time of several waits, one at a time. Racing each with one promise that lives as long as the request
 * would keep something of every piece in memory until the request ends.
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

/** The value of Retry-After in a 503 response. */
export const retryAfterSeconds = "5";

type Refusal = Extract<RequestBody, { readonly ok: false }>;

const noRoom: Refusal = {
  ok: false,
  status: 503,
  error: "the uploads in progress fill the memory (limits.memory); try again later",
};

function tooLong(maxBytes: number): Refusal {
  return {
    ok: false,
    status: 413,
    error: `the message is too long: expected at most ${maxBytes} octets`,
  };
}

function tooSlow(timeoutMs: number): Refusal {
  return {
    ok: false,
    status: 408,
    error: `the message arrived too slowly: expected all of it within ${timeoutMs} ms`,
  };
}

function refused(body: CountedBytes, refusal: Refusal): Refusal {
  body.release();
  return refusal;
}
