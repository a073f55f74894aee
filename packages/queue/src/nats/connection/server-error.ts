import { JetStreamApiError } from "@nats-io/jetstream";
import { QueueError } from "../../errors.ts";

/** JetStream's error codes for a lack of storage: the limits of an account, the resources and storage of the servers. */
const storageFullCodes: ReadonlySet<number> = new Set([10_002, 10_023, 10_047]);
const storageFullWords = /insufficient (?:storage )?resources|resource limits exceeded/;
/** Any failure of a stream's store; only the text says whether a limit was reached. */
const streamFailedCode = 10_077;
const streamFullWords = /maximum (?:bytes|messages) exceeded/;

/** Turns every failure of the servers or the network into a `QueueError`. */
export async function asked<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    throw serverError(error);
  }
}

/** Whether the servers have no storage left for this account. False if only one stream has reached its own limit. */
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
        `NATS JetStream has no room: ${reason}; raise maxBytes or the servers' limits`,
        { cause },
      )
    : new QueueError(
        "queue-unavailable",
        `NATS JetStream does not answer: ${reason}. The next call tries again`,
        { cause },
      );
}

/** The error if no connection could be made. Credentials in the addresses are left out. */
export function unreachable(
  servers: string | readonly string[] | undefined = "127.0.0.1:4222",
  cause: unknown,
): QueueError {
  const addresses = [servers].flat().map((server) => {
    const [, scheme = "nats://", rest = ""] = /^([a-z]+:\/\/)?(.*)$/is.exec(server) ?? [];
    return scheme + rest.slice(rest.lastIndexOf("@") + 1);
  });
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new QueueError(
    "queue-unavailable",
    `cannot reach NATS JetStream at ${addresses.join(", ")}: ${reason}`,
    { cause },
  );
}
