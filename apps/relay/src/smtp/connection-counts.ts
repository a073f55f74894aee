/** How many connections there are, of all listeners together and from each address. */
export class ConnectionCounts {
  readonly #byAddress = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** False where there is no room; nothing is counted then. */
  enter(address: string, limits: { connections: number; connectionsPerClient: number }): boolean {
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (this.#total >= limits.connections || ofAddress >= limits.connectionsPerClient) {
      return false;
    }
    this.#total++;
    this.#byAddress.set(address, ofAddress + 1);
    return true;
  }

  leave(address: string): void {
    this.#total--;
    const ofAddress = (this.#byAddress.get(address) ?? 0) - 1;
    if (ofAddress > 0) {
      this.#byAddress.set(address, ofAddress);
    } else {
      this.#byAddress.delete(address);
    }
  }
}
