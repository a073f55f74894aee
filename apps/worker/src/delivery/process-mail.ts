import type { DecodedMail } from "@mailseal/delivery";
import {
  changedMessage,
  type Pipeline,
  type Processed,
  type StoredMessage,
} from "@mailseal/policy";
import type { Lease, Recipient } from "@mailseal/queue";
import type { ReadBody } from "./missing-body.ts";

/** A message that the pipeline is done with. */
export interface ProcessedMail {
  readonly queued: DecodedMail;
  readonly message: StoredMessage;
  readonly processed: Processed;
}

/** Longer ones are read from the queue in pieces, each time that they are needed. */
const wholeBytes = 256 * 1024;

/** Signs it, where that is still to be done. */
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
    stored,
    { from: queued.mail.from, recipients: recipients.map(({ address }) => address) },
    // Mail that was queued before relays told the time: the same at each attempt all the same.
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
