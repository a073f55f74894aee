import { argumentCheck, bytes as bytesRule } from "@mailseal/errors";
import { PoolError } from "./errors.ts";
import { ThreadPool } from "./thread-pool.ts";

const checkMessage = argumentCheck(
  "message",
  bytesRule,
  (message) => new PoolError("bad-option", message),
);

/**
 * A pool whose tasks are messages.
 *
 * ```ts
 * const pool = new MessagePool<number>({ script: new URL("length-thread.js", import.meta.url) });
 * const length = await pool.give(message); // message is empty now: its buffer was moved
 * await pool.close();
 * ```
 */
export class MessagePool<Carried, Value = Carried> extends ThreadPool<Uint8Array, Carried, Value> {
  /**
   * Runs the task of one message and gives the array away: if it spans its whole buffer, it is moved to the thread
   * and is empty afterwards. Rejects like `run`, and with a `PoolError` "given-away", or "bad-option" for what is no bytes.
   */
  give(message: Uint8Array): Promise<Value> {
    let bytes: Uint8Array;
    try {
      checkMessage(message);
      bytes = giveAway(message);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.run(bytes, bytes.length, transferOf(bytes));
  }
}

/** The part of ES2024 that Node 22 supports, and that Node 20 and our compiler's types lack. */
interface MovableBuffer extends ArrayBuffer {
  transfer?(): ArrayBuffer;
}

/**
 * The same bytes in a buffer of their own, which can be moved to a thread without a copy. If `bytes` spans its
 * whole buffer, the buffer is moved and `bytes` is empty afterwards; a part of a buffer, such as a short
 * `Buffer`, is copied. Throws a `PoolError` "given-away" if `bytes` was moved before.
 *
 * ```ts
 * const own = giveAway(message);
 * await pool.run(own, own.length, transferOf(own));
 * ```
 */
export function giveAway(bytes: Uint8Array): Uint8Array {
  const { buffer } = bytes;
  if (!(buffer instanceof ArrayBuffer) || bytes.byteLength !== buffer.byteLength) {
    return new Uint8Array(bytes);
  }
  if (buffer.byteLength === 0 && isDetached(buffer)) {
    throw new PoolError(
      "given-away",
      "this array was given to a pool before and is empty now: use the message of that result",
    );
  }
  try {
    return new Uint8Array(moved(buffer));
  } catch {
    // The buffer is marked as untransferable.
    return new Uint8Array(bytes);
  }
}

function moved(buffer: MovableBuffer): ArrayBuffer {
  return buffer.transfer?.() ?? structuredClone(buffer, { transfer: [buffer] });
}

/** `ArrayBuffer.prototype.detached`, which Node 20 lacks: a detached buffer refuses views. */
function isDetached(buffer: ArrayBuffer): boolean {
  try {
    return new Uint8Array(buffer).length > 0;
  } catch {
    return true;
  }
}

/**
 * The buffers to move for `bytes`: its own buffer, unless the buffer holds other data too.
 *
 * ```ts
 * worker.postMessage(bytes, transferOf(bytes)); // moves the buffer if the bytes fill it
 * ```
 */
export function transferOf(bytes: Uint8Array): readonly ArrayBuffer[] {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength ? [buffer] : [];
}
