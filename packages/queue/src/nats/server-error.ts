import { JetStreamApiError } from "@nats-io/jetstream";
import { QueueError } from "../queue-error.ts";

/** JetStream's error codes for no room: resources, storage, a stream's messages and bytes. */
const fullCodes: ReadonlySet<number> = new Set([10_023, 10_047, 10_077]);
/** Earlier servers say the last of them in words, with a code that means any failure of the store. */
const fullWords = /maximum (?:bytes|messages) exceeded|insufficient (?:storage )?resources/;

/** Rejects with a `QueueError` for whatever the servers or the network say. */
export async function asked<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    throw serverError(error);
  }
}

export function serverError(cause: unknown): QueueError {
  if (cause instanceof QueueError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const full =
    (cause instanceof JetStreamApiError && fullCodes.has(cause.code)) || fullWords.test(reason);
  return full
    ? new QueueError(
        "queue-full",
        `expected room in JetStream, got: ${reason}; raise maxBytes or the servers' limits`,
        { cause },
      )
    : new QueueError(
        "queue-unavailable",
        `expected an answer of JetStream, got: ${reason}; it is tried again with the next call`,
        { cause },
      );
}
