import { maxDurationMs } from "./checked-options.ts";
import type { Envelope, NewMessage, Recipient } from "./contract.ts";
import { QueueError } from "./errors.ts";

const maxRouteBytes = 255;
const maxDedupIdBytes = 1024;
/** The latest time that a `Date` can have. */
const latestMs = 8.64e15;
/** Larger than any real envelope: it stops mistakes, because every list reads this part. */
export const maxMetadataBytes: number = 4 * 1024 * 1024;

/** The envelope and the context, which are stored as text beside the body. */
export interface Metadata {
  readonly envelope: Envelope;
  readonly context: ReadonlyMap<string, string>;
  readonly dedupId?: string;
}

/** Throws "bad-message" for a message that no queue could return unchanged. */
export function checkMessage(message: NewMessage): void {
  const { destinations, dedupId, firstSeenMs, delayMs, resend } = message;
  if (destinations.length === 0) throw bad("at least one destination", "none");
  for (const { route, recipients } of destinations) {
    const routeBytes = Buffer.byteLength(route);
    if (routeBytes < 1 || routeBytes > maxRouteBytes) {
      throw bad(`a route of 1 to ${maxRouteBytes} bytes`, `${routeBytes} bytes`);
    }
    checkRecipients(recipients);
  }
  if (resend !== undefined) checkResend(resend, dedupId);
  if (dedupId !== undefined && (dedupId === "" || Buffer.byteLength(dedupId) > maxDedupIdBytes)) {
    throw bad(`a dedupId of 1 to ${maxDedupIdBytes} bytes`, `${Buffer.byteLength(dedupId)} bytes`);
  }
  checkMs("firstSeenMs", firstSeenMs, 0, latestMs);
  checkMs("delayMs", delayMs, 0, maxDurationMs);
}

function checkResend(
  { fingerprint, windowMs }: NonNullable<NewMessage["resend"]>,
  dedupId: string | undefined,
): void {
  const sizeBytes = Buffer.byteLength(fingerprint);
  if (sizeBytes < 1 || sizeBytes > maxDedupIdBytes) {
    throw bad(`a fingerprint of 1 to ${maxDedupIdBytes} bytes`, `${sizeBytes} bytes`);
  }
  checkMs("windowMs", windowMs, 1, maxDurationMs);
  if (dedupId === undefined) throw bad("a dedupId, which resend needs", "none");
}

function checkMs(name: string, ms: number | undefined, least: number, most: number): void {
  if (ms === undefined || (Number.isSafeInteger(ms) && ms >= least && ms <= most)) return;
  throw bad(`${name} to be a whole number of milliseconds from ${least} to ${most}`, String(ms));
}

export function checkRecipients(recipients: readonly Recipient[]): void {
  if (recipients.length === 0) {
    throw bad("at least one recipient", "none; call done() if all have been served");
  }
}

/**
 * The metadata of a message as text. It has the recipients only if there is one destination; several destinations
 * share the metadata and keep their recipients apart.
 */
export function writeMetadata(message: NewMessage): string {
  const { envelope, destinations, context = new Map(), dedupId } = message;
  const [only] = destinations.length === 1 ? destinations : [];
  return limited(
    JSON.stringify({
      envelope: only === undefined ? envelope : { ...envelope, recipients: only.recipients },
      context: [...context],
      ...(dedupId !== undefined && { dedupId }),
    }),
  );
}

export function writeRecipients(recipients: readonly Recipient[]): string {
  return limited(JSON.stringify(recipients));
}

/**
 * Reads what `writeMetadata` wrote. `recipients`: those that are left of the destination, as `writeRecipients` wrote
 * them; null if they are the ones in the metadata.
 */
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

function limited(text: string): string {
  if (text.length <= maxMetadataBytes) return text;
  throw bad(
    `an envelope, context and recipients of at most ${maxMetadataBytes} characters`,
    `${text.length}`,
  );
}

function bad(expected: string, got: string): QueueError {
  return new QueueError("bad-message", `a message needs ${expected}, got ${got}`);
}
