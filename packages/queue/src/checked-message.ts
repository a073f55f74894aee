import type { Envelope, NewMessage, Recipient } from "./contract.ts";
import { QueueError } from "./queue-error.ts";

const maxRouteBytes = 255;
const maxDedupIdBytes = 1024;
/** Longer than any envelope: a limit for mistakes, because this part is read with every list. */
export const maxMetadataBytes: number = 4 * 1024 * 1024;

/** What travels with a body, as text: the envelope and the context. */
export interface Metadata {
  readonly envelope: Envelope;
  readonly context: ReadonlyMap<string, string>;
  readonly dedupId?: string;
}

/** Throws "bad-message" for what no queue could give back as it was. */
export function checkMessage({ route, dedupId, envelope, firstSeenMs, delayMs }: NewMessage): void {
  const routeBytes = Buffer.byteLength(route);
  if (routeBytes < 1 || routeBytes > maxRouteBytes) {
    throw bad(`a route of 1 to ${maxRouteBytes} bytes`, `${routeBytes} bytes`);
  }
  if (dedupId !== undefined && (dedupId === "" || Buffer.byteLength(dedupId) > maxDedupIdBytes)) {
    throw bad(`a dedupId of 1 to ${maxDedupIdBytes} bytes`, `${Buffer.byteLength(dedupId)} bytes`);
  }
  for (const [name, time] of [
    ["firstSeenMs", firstSeenMs],
    ["delayMs", delayMs],
  ] as const) {
    if (time !== undefined && !(Number.isSafeInteger(time) && time >= 0)) {
      throw bad(`${name} to be a whole number of milliseconds`, String(time));
    }
  }
  checkRecipients(envelope.recipients);
}

export function checkRecipients(recipients: readonly Recipient[]): void {
  if (recipients.length === 0) {
    throw bad("at least one recipient", "none; call done() where all are served");
  }
}

export function writeMetadata({ envelope, context = new Map(), dedupId }: NewMessage): string {
  const text = JSON.stringify({
    envelope,
    context: [...context],
    ...(dedupId !== undefined && { dedupId }),
  });
  if (text.length > maxMetadataBytes) {
    throw bad(
      `an envelope and context of at most ${maxMetadataBytes} characters`,
      `${text.length}`,
    );
  }
  return text;
}

/** Reads what `writeMetadata` wrote; `recipients` are those that are left, as JSON, or null for all. */
export function readMetadata(text: string, recipients: string | null): Metadata {
  const { envelope, context, dedupId } = JSON.parse(text) as {
    readonly envelope: Envelope;
    readonly context: readonly (readonly [string, string])[];
    readonly dedupId?: string;
  };
  return {
    envelope:
      recipients === null
        ? envelope
        : { ...envelope, recipients: JSON.parse(recipients) as readonly Recipient[] },
    context: new Map(context),
    ...(dedupId !== undefined && { dedupId }),
  };
}

function bad(expected: string, got: string): QueueError {
  return new QueueError("bad-message", `expected ${expected}, got ${got}`);
}
