/** Counts the users of a resource, and closes it when it is retired and its last user has released it. */
export class ReferenceCount {
  readonly #close: () => void;
  #users = 0;
  #isRetired = false;
  #isClosed = false;

  constructor(close: () => void) {
    this.#close = close;
  }

  /** Keeps it open until the returned function is called, which may be more than once. */
  hold(): () => void {
    this.#users++;
    let isHeld = true;
    return () => {
      if (isHeld) {
        isHeld = false;
        this.#users--;
        this.#closeIfUnused();
      }
    };
  }

  /** Call it when there will be no new users: the resource is closed when the last user releases it. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIfUnused();
  }

  /** Closes the resource now, for a program that stops and cannot wait for its users any longer. */
  close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#close();
    }
  }

  #closeIfUnused(): void {
    if (this.#isRetired && this.#users === 0) this.close();
  }
}
