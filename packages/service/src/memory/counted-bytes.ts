import type { Room } from "./memory-budget.ts";

const firstCapacity = 4096;

/**
 * Collects bytes that arrive in pieces into one buffer, and counts the memory of that buffer. It copies, because a piece
 * may be a view of a buffer that is much larger.
 */
export class CountedBytes {
  readonly #room: Room;
  readonly #longest: number;
  #kept = Buffer.alloc(0);
  #size = 0;

  /** Holds at most `longest` bytes. */
  constructor(room: Room, longest: number) {
    this.#room = room;
    this.#longest = longest;
  }

  get sizeBytes(): number {
    return this.#size;
  }

  /** A view, valid until `release`. */
  get bytes(): Buffer {
    return this.#kept.subarray(0, this.#size);
  }

  /** False if there is no room for the chunk, or the whole would be too long; then nothing of the chunk is kept. */
  add(chunk: Uint8Array): boolean {
    const size = this.#size + chunk.length;
    if (size > this.#longest || (size > this.#kept.length && !this.#grow(size))) {
      return false;
    }
    this.#kept.set(chunk, this.#size);
    this.#size = size;
    return true;
  }

  /** Gives back the memory, and leaves it empty. */
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
