/** A limited amount of memory, from which room is taken and to which it is given back. */
export interface Room {
  /** False if there is no room; then nothing is taken. */
  take(sizeBytes: number): boolean;
  give(sizeBytes: number): void;
}

/** The memory that all messages and requests of one process may hold together. Like them it outlives a reload. */
export class MemoryBudget implements Room {
  #limit: number;
  #used = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Whether `take` would succeed. */
  hasRoom(sizeBytes: number): boolean {
    return this.#used + sizeBytes <= this.#limit;
  }

  take(sizeBytes: number): boolean {
    if (!this.hasRoom(sizeBytes)) {
      return false;
    }
    this.#used += sizeBytes;
    return true;
  }

  give(sizeBytes: number): void {
    this.#used -= sizeBytes;
  }

  /** Sets the limit of a new config. Room that is taken stays taken. */
  resize(limitBytes: number): void {
    this.#limit = limitBytes;
  }
}
