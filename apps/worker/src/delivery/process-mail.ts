import type { DecodedMail } from "@mailseal/delivery";
import {
  changedMessage,
  type Pipeline,
  type Processed,
  type StoredMessage,
} from "@mailseal/policy";
import type { Lease, Recipient } from "@mailseal/queue";
import { HeaderReader, type Message } from "@mailseal/syntax";
import type { ReadBody } from "./missing-body.ts";

/** A queued message that is ready to be sent. */
export interface ProcessedMail {
  readonly queued: DecodedMail;
  readonly message: StoredMessage;
  readonly processed: Processed;
}

/** Longer messages are read from the queue in pieces, each time they are needed. */
const wholeBytes = 256 * 1024;
/** More than any sensible `limits.headerSize`. */
const largestHeaderBytes = 64 * 1024 * 1024;

/** Runs the pipeline, which signs the message, unless the relay has done so. */
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
    { ...stored, header: await queuedHeader(stored) },
    { from: queued.mail.from, recipients: recipients.map(({ address }) => address) },
    // Relays of earlier versions stored no time of receipt; this is the same at each attempt.
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

/**
 * Reads the header of a queued message. The limits of the config held when the relay accepted it; they must not refuse
 * it for the trace field that the relay added, or because they have been lowered since. Undefined if the header is larger
 * than the memory that one message may take, or cannot be read: the pipeline reads it then, and says why it fails.
 */
async function queuedHeader(stored: StoredMessage): Promise<Message | undefined> {
  const reader = new HeaderReader({ maxHeaderBytes: largestHeaderBytes });
  try {
    for await (const piece of stored.chunks()) {
      const read = reader.push(piece);
      if (read !== undefined) return read.message;
    }
    return reader.end();
  } catch {
    return undefined;
  }
}

const untouched: Processed = {
  disposition: { action: "accept" },
  prepend: [],
  remove: [],
  binding: undefined,
  signatures: [],
};
