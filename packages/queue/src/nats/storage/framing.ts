import type { Envelope } from "../../contract.ts";

/** The data stored with a message besides its inline body. */
export interface Label {
  /** The message id; absent in the first copy, whose number in the stream is the id. */
  readonly id?: string;
  readonly envelope: Envelope;
  readonly context: readonly (readonly [string, string])[];
  readonly dedupId?: string;
  readonly route: string;
  readonly sizeBytes: number;
  readonly firstSeenMs: number;
  /** The number of retries so far. */
  readonly retries: number;
  readonly reason?: string;
  /** The earliest time at which the message can be taken. */
  readonly notBeforeMs?: number;
  readonly diedMs?: number;
  /** A random value, the same in all copies: stream numbers can be used again after a server has lost its last messages. */
  readonly nonce?: string;
  /** The number of changes, each of which makes a copy; the latest copy is valid. Absent if there was none. */
  readonly generation?: number;
  /** The reference to a body that is shared or too long for a message; absent if the body follows inline. */
  readonly share?: Share;
  /** Whether to check for an earlier end before delivery, because the message may have been added twice. */
  readonly recheck?: true;
  /** The name of the body in the object store, as earlier versions kept long ones. */
  readonly object?: string;
}

/** A reference to a body in the stream of shared bodies. */
export interface Share {
  readonly key: string;
  /** The index of this message among those that share the body. */
  readonly index: number;
  /** The stream numbers of its pieces, in order. */
  readonly pieces: readonly number[];
}

export interface Framed {
  readonly label: Label;
  readonly body: Uint8Array;
}

export function generationOf({ generation = 0 }: Label): number {
  return generation;
}

/** Encodes a message: the length of the label in four octets, the label as JSON, and the body. */
export function frame({ label, body }: Framed): Uint8Array {
  const text = Buffer.from(JSON.stringify(label));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text, body]);
}

/** Undefined for data that `frame` has not made, because another client published to the subject. */
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
