import type { Envelope } from "../../contract.ts";

/** What a stored message says of itself, besides its inline body. */
export interface Label {
  /** Absent in the first copy, whose number in the stream is the id. */
  readonly id?: string;
  readonly envelope: Envelope;
  readonly context: readonly (readonly [string, string])[];
  readonly dedupId?: string;
  readonly route: string;
  readonly sizeBytes: number;
  readonly firstSeenMs: number;
  /** Retries so far. */
  readonly retries: number;
  readonly reason?: string;
  /** Not to be taken before. */
  readonly notBeforeMs?: number;
  readonly diedMs?: number;
  /** Random, the same in all copies: numbers of a stream can come again after a server lost its last messages. */
  readonly nonce?: string;
  /** How often it was changed, which is by a copy: of two copies the later one holds. Absent: never. */
  readonly generation?: number;
  /** Its body, if others have the same one or it is too long for a message; absent: it follows. */
  readonly share?: Share;
  /** To be looked up before it is handed out: it may have been put there a second time. */
  readonly recheck?: true;
  /** The name of the body in the object store, as earlier versions kept long ones. */
  readonly object?: string;
}

/** A body in the stream of shared ones. */
export interface Share {
  readonly key: string;
  /** Which of those that share it. */
  readonly index: number;
  /** The numbers of its pieces in the stream, in order. */
  readonly pieces: readonly number[];
}

export interface Framed {
  readonly label: Label;
  readonly body: Uint8Array;
}

export function generationOf({ generation = 0 }: Label): number {
  return generation;
}

/** The length of the label in four octets, the label as JSON, and the body as it is. */
export function frame({ label, body }: Framed): Uint8Array {
  const text = Buffer.from(JSON.stringify(label));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text, body]);
}

/** Undefined for what `frame` did not make: somebody else published to the subject. */
export function unframe(payload: Uint8Array): Framed | undefined {
  if (payload.length < 4) return undefined;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const end = 4 + bytes.readUInt32BE();
  if (end > bytes.length) return undefined;
  try {
    const label: unknown = JSON.parse(bytes.toString("utf8", 4, end));
    return isLabel(label) ? { label, body: payload.subarray(end) } : undefined;
  } catch {
    return undefined;
  }
}

function isLabel(value: unknown): value is Label {
  return (
    typeof value === "object" &&
    value !== null &&
    "envelope" in value &&
    "context" in value &&
    "route" in value &&
    "firstSeenMs" in value
  );
}
