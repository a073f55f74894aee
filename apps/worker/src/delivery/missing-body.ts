import { type Lease, QueueError, type Recipient } from "@mailseal/queue";
import type { Logger } from "@mailseal/service";

/**
 * Reads the body of a leased message, and remembers if it is missing, because the code that reads it may turn the error
 * into an ordinary failure.
 */
export class ReadBody {
  readonly #lease: Lease;
  #missing: QueueError | undefined;

  constructor(lease: Lease) {
    this.#lease = lease;
  }

  /** Throws "body-missing" if the body was missing, whatever the code that read it did about that. */
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
 * Makes the message a dead letter, for `recipients` or for all of the lease, if its body is missing, because no attempt
 * can succeed. Resolves to undefined then.
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
    log.error(
      { id, route, fault: error },
      "the body of a message is missing, so it is a dead letter now",
    );
    return undefined;
  }
}

function isMissing(error: unknown): error is QueueError {
  return error instanceof QueueError && error.code === "body-missing";
}
