/** What can be asked for room, and is given it back. */
export interface Room {
  /** False where there is no room; nothing is taken then. */
  take(sizeBytes: number): boolean;
  give(sizeBytes: number): void;
}

/** Octets that what one process takes in may hold in memory together. It outlives a reload, as what it counts does. */
export class MemoryBudget implements Room {
  #limit: number;
  #used = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Whether so much would be taken. */
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

  /** Of a new config. What is taken already stays so. */
  resize(limitBytes: number): void {
    this.#limit = limitBytes;
  }
}
