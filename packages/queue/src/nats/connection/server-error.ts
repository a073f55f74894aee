import { JetStreamApiError } from "@nats-io/jetstream";
import { QueueError } from "../../errors.ts";

/** JetStream's error codes for no room: an account's limits, the servers' resources and storage. */
const storageFullCodes: ReadonlySet<number> = new Set([10_002, 10_023, 10_047]);
const storageFullWords = /insufficient (?:storage )?resources|resource limits exceeded/;
/** Any failure of a stream's store, in words its limits among them. */
const streamFailedCode = 10_077;
const streamFullWords = /maximum (?:bytes|messages) exceeded/;

/** Rejects with a `QueueError` for whatever the servers or the network say. */
export async function asked<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    throw serverError(error);
  }
}

/** Whether all storage is used up that the servers have for us; not where one stream has reached its own limit. */
export function isStorageFull(error: unknown): boolean {
  if (error instanceof QueueError) return error.cause !== undefined && isStorageFull(error.cause);
  return (
    (error instanceof JetStreamApiError && storageFullCodes.has(error.code)) ||
    (error instanceof Error && storageFullWords.test(error.message))
  );
}

export function serverError(cause: unknown): QueueError {
  if (cause instanceof QueueError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const isFull =
    isStorageFull(cause) ||
    streamFullWords.test(reason) ||
    (cause instanceof JetStreamApiError && cause.code === streamFailedCode);
  return isFull
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
