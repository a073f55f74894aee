/** The number of connections to all listeners of a process. */
export class ConnectionTotal {
  open = 0;
}

/** Counts the connections to one listener, in total and by client address. */
export class ConnectionCounts {
  readonly #total: ConnectionTotal;
  readonly #byAddress = new Map<string, number>();
  #open = 0;

  constructor(total: ConnectionTotal) {
    this.#total = total;
  }

  /** Counts a new connection. Returns false, and counts nothing, if a limit is reached. */
  enter(address: string, limits: { connections: number; connectionsPerClient: number }): boolean {
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (this.#open >= limits.connections || ofAddress >= limits.connectionsPerClient) {
      return false;
    }
    this.#open++;
    this.#total.open++;
    this.#byAddress.set(address, ofAddress + 1);
    return true;
  }

  leave(address: string): void {
    this.#open--;
    this.#total.open--;
    const ofAddress = (this.#byAddress.get(address) ?? 0) - 1;
    if (ofAddress > 0) {
      this.#byAddress.set(address, ofAddress);
    } else {
      this.#byAddress.delete(address);
    }
  }
}
