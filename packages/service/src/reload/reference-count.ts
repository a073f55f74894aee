/** Closes something once it is retired and nobody holds it any more. */
export class ReferenceCount {
  readonly #close: () => void;
  #holds = 0;
  #isRetired = false;
  #isClosed = false;

  constructor(close: () => void) {
    this.#close = close;
  }

  /** Keeps it open until the returned function is called, which may be more than once. */
  hold(): () => void {
    this.#holds++;
    let isHeld = true;
    return () => {
      if (isHeld) {
        isHeld = false;
        this.#holds--;
        this.#closeIfDone();
      }
    };
  }

  /** No new holds are to come. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#isRetired && this.#holds === 0 && !this.#isClosed) {
      this.#isClosed = true;
      this.#close();
    }
  }
}
