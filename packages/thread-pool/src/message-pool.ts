import { giveAway, transferOf } from "./give-away.ts";
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
