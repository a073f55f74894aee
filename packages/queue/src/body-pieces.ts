import type { MessageBody } from "./contract.ts";
import { QueueError } from "./errors.ts";

/**
 * Regroups a body into pieces of `pieceBytes`; the last one may be shorter, and an empty body is one empty piece. Whoever
 * stops early must call `return`, which closes the caller's body.
 *
 * Throws "body-failed" if the body cannot be read, for instance because the client disconnected.
 */
export async function* bodyPieces(
  body: MessageBody,
  pieceBytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  if (body instanceof Uint8Array) {
    yield* cut(body, pieceBytes);
    return;
  }
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for await (const chunk of readable(body)) {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    // Strictly more, so that the last piece is never empty.
    if (waitingBytes > pieceBytes) {
      const whole = Buffer.concat(waiting);
      const rest = (Math.ceil(whole.length / pieceBytes) - 1) * pieceBytes;
      yield* cut(whole.subarray(0, rest), pieceBytes);
      // A copy, or the rest would keep all of `whole`.
      waiting = [new Uint8Array(whole.subarray(rest))];
      waitingBytes = whole.length - rest;
    }
  }
  yield Buffer.concat(waiting);
}

async function* readable(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* body;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new QueueError("body-failed", `the body could not be read: ${reason}`, { cause });
  }
}

function* cut(bytes: Uint8Array, pieceBytes: number): Generator<Uint8Array, void, void> {
  let start = 0;
  do {
    yield bytes.subarray(start, start + pieceBytes);
    start += pieceBytes;
  } while (start < bytes.length);
}

/** Joins the pieces of a body. */
export async function joinPieces(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  const [first] = all;
  return first !== undefined && all.length === 1 ? first : Buffer.concat(all);
}
