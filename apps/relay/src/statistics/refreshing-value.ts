export interface RefreshingValueOptions<Value> {
  /** Makes the value. If it rejects, the previous value stays. */
  readonly make: () => Promise<Value>;
  /** The age at which the value is made anew, when somebody reads it. */
  readonly maxAgeMs: number | ((value: Value) => number);
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly elapsedMs?: () => number;
}

/** A value that takes time to make, made anew in the background when it is read and has become too old. */
export class RefreshingValue<Value> {
  readonly #options: RefreshingValueOptions<Value>;
  #latest: Value | undefined;
  #madeAtMs = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;

  constructor(options: RefreshingValueOptions<Value>) {
    this.#options = options;
  }

  /** The latest value. Starts a refresh if it is too old. Undefined until the first refresh is done. */
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

  /** Makes the value now. Never rejects; concurrent calls share one refresh. */
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
