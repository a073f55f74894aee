import type { Envelope } from "../contract.ts";

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
  /** The name of the body in the object store; absent: it follows. */
  readonly object?: string;
}

export interface Framed {
  readonly label: Label;
  readonly body: Uint8Array;
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
