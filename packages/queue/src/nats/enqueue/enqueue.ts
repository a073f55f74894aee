import { randomUUID } from "node:crypto";
import { bodyPieces } from "../../body-pieces.ts";
import { maxMetadataBytes } from "../../checked-message.ts";
import type { Added, Destination, MessageBody, NewMessage } from "../../contract.ts";
import { QueueError } from "../../errors.ts";
import { isStorageFull } from "../connection/server-error.ts";
import type { Bodies, PutBody } from "../storage/bodies.ts";
import type { Reserve } from "../storage/reserve.ts";
import type { StoredMessages } from "../storage/stored-messages.ts";
import { type Expansion, idAt, type MailRecord } from "./expansion.ts";

/** The part of a payload that is left for the label and the framing if the body is inline. */
const labelBytes = 64 * 1024;
/** The size of a piece of a shared body; smaller if the servers' limit is lower. */
const pieceBytes = 256 * 1024;
/** The part of a payload that is left for what the client and the servers add. */
const spareBytes = 4096;

export interface EnqueuerParts {
  readonly stored: StoredMessages;
  readonly bodies: Bodies;
  readonly expansion: Expansion;
  readonly reserve: Reserve;
  /** The maximum size of one message on the servers. */
  maxPayload(): number;
  /** Rejects with "queue-full" if the bodies of shared messages have no room. */
  checkRoom(): Promise<void>;
  /** The server's clock, in milliseconds. */
  clock(): number;
  /** How many milliseconds the wall clock of this machine is ahead of the server's. */
  ahead(): number;
  /** A stored body is committed within this time, or not at all. */
  readonly commitMs: number;
}

/**
 * Adds messages. A short message for one destination is stored together with its body. For any other, the body is stored
 * first, once, and a record then commits all destinations.
 */
export class Enqueuer {
  readonly #parts: EnqueuerParts;

  constructor(parts: EnqueuerParts) {
    this.#parts = parts;
  }

  async add(message: NewMessage, body: MessageBody): Promise<Added> {
    const { reserve } = this.#parts;
    if (reserve.isTouched) await reserve.check();
    try {
      return await this.#add(message, body);
    } catch (error) {
      if (isStorageFull(error)) reserve.touch();
      throw error;
    }
  }

  async #add(message: NewMessage, body: MessageBody): Promise<Added> {
    const { envelope, context = new Map<string, string>(), dedupId, delayMs = 0 } = message;
    const { destinations } = message;
    const nowMs = this.#parts.clock();
    const label = {
      envelope,
      context: [...context],
      firstSeenMs:
        message.firstSeenMs === undefined ? nowMs : message.firstSeenMs - this.#parts.ahead(),
      retries: 0,
      nonce: randomUUID().slice(0, 8),
      ...(dedupId !== undefined && { dedupId }),
      ...(delayMs > 0 && { notBeforeMs: nowMs + delayMs }),
    };
    const sizeBytes = Buffer.byteLength(JSON.stringify([label, destinations]));
    const maxPayload = this.#parts.maxPayload();
    const maxSizeBytes = Math.min(maxMetadataBytes, maxPayload / 2);
    if (sizeBytes > maxSizeBytes) {
      throw new QueueError(
        "bad-message",
        `the envelope and context have ${sizeBytes} bytes, and ${maxSizeBytes} fit. Add the recipients in parts, or raise the servers' max_payload`,
      );
    }
    const pieces = bodyPieces(body, Math.min(pieceBytes, maxPayload - spareBytes));
    try {
      const [only] = destinations;
      if (only === undefined || destinations.length > 1) {
        return await this.#addShared(label, destinations, pieces);
      }
      const maxInlineBytes = maxPayload - Math.max(labelBytes, 2 * sizeBytes);
      const start = await startOfBody(body, pieces, maxInlineBytes);
      if (start.whole) return await this.#addInline(label, only, start.bytes);
      return await this.#addShared(label, destinations, continued(start.bytes, pieces));
    } finally {
      // Closes a body that was not read to its end.
      await pieces.return();
    }
  }

  async #addInline(
    label: Omit<MailRecord["label"], "sizeBytes">,
    { route, recipients }: Destination,
    body: Uint8Array,
  ): Promise<Added> {
    const { dedupId } = label;
    const own = {
      ...label,
      route,
      envelope: { ...label.envelope, recipients },
      sizeBytes: body.length,
    };
    const { id, duplicate } = await this.#parts.stored.put({ label: own, body }, dedupId);
    return { ids: [id], duplicate };
  }

  async #addShared(
    label: Omit<MailRecord["label"], "sizeBytes">,
    destinations: readonly Destination[],
    body: AsyncIterable<Uint8Array>,
  ): Promise<Added> {
    const { bodies, expansion, commitMs } = this.#parts;
    await this.#parts.checkRoom();
    const key = randomUUID();
    const startMs = performance.now();
    const { pieces, sizeBytes }: PutBody = await bodies.put(key, body);
    if (performance.now() - startMs > commitMs) {
      await bodies.removeKey(key);
      throw new QueueError(
        "queue-unavailable",
        `storing the body took longer than ${commitMs} ms, and parts of it may be removed by now. Add the message again`,
      );
    }
    const record: MailRecord = { label: { ...label, sizeBytes }, destinations, key, pieces };
    try {
      const { id, duplicate } = await expansion.commit(record, label.dedupId);
      if (duplicate) await bodies.removeKey(key).catch(() => undefined);
      const ids = destinations.map((_, index) => idAt(id, index, destinations.length));
      return { ids, duplicate };
    } catch (error) {
      // After any other error the record may be stored and only the answer lost: the body stays. If the record was not
      // stored, the collection of unused bodies removes the body.
      if (error instanceof QueueError && error.code === "queue-full") {
        await bodies.removeKey(key).catch(() => undefined);
      }
      throw error;
    }
  }
}

/** Reads a body until its end, or until it is too long to be inline. */
async function startOfBody(
  body: MessageBody,
  pieces: AsyncGenerator<Uint8Array>,
  maxInlineBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly whole: boolean }> {
  if (body instanceof Uint8Array && body.length <= maxInlineBytes) {
    return { bytes: body, whole: true };
  }
  const start: Uint8Array[] = [];
  let size = 0;
  while (size <= maxInlineBytes) {
    const { value, done } = await pieces.next();
    if (done === true) return { bytes: Buffer.concat(start), whole: true };
    start.push(value);
    size += value.length;
  }
  return { bytes: Buffer.concat(start), whole: false };
}

/** The start of a body, in pieces as small as the others, and the rest. */
async function* continued(
  start: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  yield* bodyPieces(start, pieceBytes);
  yield* rest;
}
