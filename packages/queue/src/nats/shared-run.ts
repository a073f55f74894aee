/** An operation that runs once at a time: callers during a run share it, and its result or error. */
export class SharedRun<Value> {
  readonly #operation: () => Promise<Value>;
  #current: Promise<Value> | undefined;

  constructor(operation: () => Promise<Value>) {
    this.#operation = operation;
  }

  /** Joins the run in progress, or starts one. */
  join(): Promise<Value> {
    this.#current ??= this.#operation().finally(() => {
      this.#current = undefined;
    });
    return this.#current;
  }
}
