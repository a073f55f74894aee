import { PoolError } from "./errors.ts";
import { ThreadPool } from "./thread-pool.ts";

/** A pool whose tasks are messages. */
export class MessagePool<Carried, Value = Carried> extends ThreadPool<Uint8Array, Carried, Value> {
  /**
   * Runs the task of one message. The array is given away: where it is all of its buffer, it is moved
   * to the thread and is empty afterwards. Rejects as `run` does, and with a `PoolError` "given-away".
   */
  give(message: Uint8Array): Promise<Value> {
    let bytes: Uint8Array;
    try {
      bytes = giveAway(message);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.run(bytes, bytes.length, transferOf(bytes));
  }
}

/** ES2024, which Node 22 has and the types that this is compiled with do not. */
interface MovableBuffer extends ArrayBuffer {
  readonly detached: boolean;
  transfer(): ArrayBuffer;
}

/**
 * The same bytes in a buffer that nobody else has, so that a thread can take it without a copy. Where
 * `bytes` is all of its buffer, that is moved, and `bytes` is empty from now on; a part of a buffer (a
 * short `Buffer` mostly) is copied. Throws a `PoolError` "given-away" for what was moved before.
 */
export function giveAway(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  if (!(buffer instanceof ArrayBuffer) || bytes.byteLength !== buffer.byteLength) {
    return new Uint8Array(bytes);
  }
  const movable = buffer as MovableBuffer;
  if (movable.detached) {
    throw new PoolError(
      "given-away",
      "expected the bytes of a message, got an array whose bytes were given to a pool before; use the message of that result",
    );
  }
  try {
    return new Uint8Array(movable.transfer());
  } catch {
    // Marked as untransferable.
    return new Uint8Array(bytes);
  }
}

/** What to transfer for `bytes`: their buffer, unless others may use it too. */
export function transferOf(bytes: Uint8Array): readonly ArrayBuffer[] {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength ? [buffer] : [];
}
