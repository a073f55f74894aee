import { type Lease, QueueError, type Recipient } from "@mailseal/queue";
import type { Logger } from "@mailseal/service";

/** A message in hand, and what became of its body: somebody may have made an ordinary failure of that. */
export class ReadBody {
  readonly #lease: Lease;
  #missing: QueueError | undefined;

  constructor(lease: Lease) {
    this.#lease = lease;
  }

  /** Throws "body-missing" if it was, whatever became of that. */
  check(): void {
    if (this.#missing !== undefined) throw this.#missing;
  }

  async bytes(): Promise<Uint8Array> {
    return this.#watched(() => this.#lease.bytes());
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, void> {
    const pieces = this.#lease.body()[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { value, done } = await this.#watched(() => pieces.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      await pieces.return?.();
    }
  }

  async #watched<Value>(read: () => Promise<Value>): Promise<Value> {
    try {
      return await read();
    } catch (error) {
      if (isMissing(error)) this.#missing = error;
      throw error;
    }
  }
}

/**
 * Resolves to undefined if there is no body: no attempt can ever succeed, so the message is a dead letter then,
 * for `recipients`, or all that were.
 */
export async function orDeadLetter<Value>(
  attempt: Promise<Value>,
  lease: Lease,
  log: Logger,
  recipients?: readonly Recipient[],
): Promise<Value | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (!isMissing(error)) throw error;
    const { id, route } = lease.message;
    await lease.dead(error.message, recipients);
    log.error({ id, route, fault: error }, "no body to deliver, a dead letter now");
    return undefined;
  }
}

function isMissing(error: unknown): error is QueueError {
  return error instanceof QueueError && error.code === "body-missing";
}
