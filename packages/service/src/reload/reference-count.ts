/** Counts who uses something that was replaced, and closes it once it is retired and the last of them has let go. */
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

  /** Nobody will hold it from now on: it is closed when the last user lets go. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIfUnused();
  }

  /** Closes it now, for a program that stops and can wait for its users no longer. */
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
