import type { Room } from "./memory-budget.ts";

const firstCapacity = 4096;

/**
 * Bytes that arrive in pieces of any size, in one piece. What is counted is the memory that they hold: its own,
 * because a piece may be a view of a buffer that is much larger.
 */
export class CountedBytes {
  readonly #room: Room;
  readonly #longest: number;
  #kept = Buffer.alloc(0);
  #size = 0;

  /** Never holds more than `longest`. */
  constructor(room: Room, longest: number) {
    this.#room = room;
    this.#longest = longest;
  }

  get sizeBytes(): number {
    return this.#size;
  }

  /** A view, good until `release`. */
  get bytes(): Buffer {
    return this.#kept.subarray(0, this.#size);
  }

  /** False where there is no room for it, or it would be too long: then nothing is kept of it. */
  add(chunk: Uint8Array): boolean {
    const size = this.#size + chunk.length;
    if (size > this.#longest || (size > this.#kept.length && !this.#grow(size))) {
      return false;
    }
    this.#kept.set(chunk, this.#size);
    this.#size = size;
    return true;
  }

  /** Gives back what is held; it is empty then. */
  release(): void {
    this.#room.give(this.#kept.length);
    this.#kept = Buffer.alloc(0);
    this.#size = 0;
  }

  #grow(size: number): boolean {
    const doubled = Math.max(size, 2 * this.#kept.length, firstCapacity);
    const capacity = Math.min(doubled, Math.max(size, this.#longest));
    if (!this.#room.take(capacity - this.#kept.length)) {
      return false;
    }
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.#kept.copy(grown, 0, 0, this.#size);
    this.#kept = grown;
    return true;
  }
}
