import type { DecodedMail } from "@mailseal/delivery";
import {
  changedMessage,
  type Pipeline,
  type Processed,
  type StoredMessage,
} from "@mailseal/policy";
import type { Lease, Recipient } from "@mailseal/queue";
import type { ReadBody } from "./missing-body.ts";

/** A queued message that is ready to send. */
export interface ProcessedMail {
  readonly queued: DecodedMail;
  readonly message: StoredMessage;
  readonly processed: Processed;
}

/** Larger messages are read from the queue in pieces, again for each use. */
const wholeBytes = 256 * 1024;

/** Runs the pipeline, which signs the message, unless the relay has already run it. */
export async function processMail(
  { message: { sizeBytes, firstSeenMs } }: Lease,
  queued: DecodedMail,
  body: ReadBody,
  recipients: readonly Recipient[],
  pipeline: Pipeline,
): Promise<ProcessedMail> {
  const stored = await storedMessage(sizeBytes, body);
  if (queued.todo === "none") {
    return { queued, message: stored, processed: untouched };
  }
  const processed = await pipeline.process(
    { ...stored, isWithinLimits: true },
    { from: queued.mail.from, recipients: recipients.map(({ address }) => address) },
    // Relays of earlier versions stored no time of receipt. This one is the same at each attempt.
    { receivedMs: firstSeenMs, ...queued.context },
  );
  return { queued, message: changedMessage(stored, processed), processed };
}

async function storedMessage(sizeBytes: number, body: ReadBody): Promise<StoredMessage> {
  if (sizeBytes > wholeBytes) {
    return { sizeBytes, chunks: () => body.chunks() };
  }
  const bytes = [await body.bytes()];
  return { sizeBytes, chunks: () => bytes };
}

const untouched: Processed = {
  disposition: { action: "accept" },
  prepend: [],
  remove: [],
  binding: undefined,
  signatures: [],
};
