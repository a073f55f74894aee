export interface RefreshingValueOptions<Value> {
  /** Where it rejects, the value before stays. */
  readonly make: () => Promise<Value>;
  /** How old it may be before it is made anew. */
  readonly maxAgeMs: number | ((value: Value) => number);
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly elapsedMs?: () => number;
}

/** Something that takes time to find out, found out now and then while somebody looks. */
export class RefreshingValue<Value> {
  readonly #options: RefreshingValueOptions<Value>;
  #latest: Value | undefined;
  #madeAtMs = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;

  constructor(options: RefreshingValueOptions<Value>) {
    this.#options = options;
  }

  /** What was found last; where that is old it begins to be found anew. Undefined before the first is done. */
  get latest(): Value | undefined {
    if (this.#latest === undefined || this.#ageMs > this.#maxAgeMs(this.#latest)) {
      void this.refresh();
    }
    return this.#latest;
  }

  get #ageMs(): number {
    return this.#elapsedMs() - this.#madeAtMs;
  }

  #maxAgeMs(value: Value): number {
    const { maxAgeMs } = this.#options;
    return typeof maxAgeMs === "number" ? maxAgeMs : maxAgeMs(value);
  }

  /** Never rejects; several that ask at a time share one. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#make()
      .catch(() => undefined)
      .finally(() => {
        this.#refreshing = undefined;
      });
    return this.#refreshing;
  }

  async #make(): Promise<void> {
    this.#latest = await this.#options.make();
    this.#madeAtMs = this.#elapsedMs();
  }

  #elapsedMs(): number {
    return this.#options.elapsedMs?.() ?? performance.now();
  }
}
