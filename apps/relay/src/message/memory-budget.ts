/** Octets that messages of one process may hold in memory together. */
export class MemoryBudget {
  readonly #limit: number;
  #used = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** False where there is no room; nothing is taken then. */
  take(sizeBytes: number): boolean {
    if (this.#used + sizeBytes > this.#limit) {
      return false;
    }
    this.#used += sizeBytes;
    return true;
  }

  give(sizeBytes: number): void {
    this.#used -= sizeBytes;
  }
}
