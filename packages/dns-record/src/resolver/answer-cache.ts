/** An answer, and how many seconds it may be cached; 0 for not at all. */
export interface Timed<Answer> {
  readonly answer: Answer;
  readonly ttlSeconds: number;
}

interface Entry<Answer> {
  readonly answer: Answer;
  readonly expiresAt: number;
}

/**
 * Caches a bounded number of answers by name until they expire; the least recently used makes room.
 * Simultaneous lookups of one name share one query.
 */
export class AnswerCache<Answer> {
  readonly #ask: (name: string) => Promise<Timed<Answer>>;
  readonly #maxEntries: number;
  readonly #now: () => number;
  // Insertion order is order of use: a hit is removed and inserted again.
  readonly #entries = new Map<string, Entry<Answer>>();
  readonly #asked = new Map<string, Promise<Answer>>();

  constructor(
    ask: (name: string) => Promise<Timed<Answer>>,
    options: { readonly maxEntries: number; readonly now: () => number },
  ) {
    this.#ask = ask;
    this.#maxEntries = options.maxEntries;
    this.#now = options.now;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The cached answer for a name if it has not expired. Counts as a use. */
  cached(name: string): Answer | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    if (this.#now() >= entry.expiresAt) return undefined;
    this.#entries.set(name, entry);
    return entry.answer;
  }

  /** Starts a lookup, or joins one that is running for the same name. */
  ask(name: string): Promise<Answer> {
    const waiting = this.#asked.get(name);
    if (waiting !== undefined) return waiting;
    const asked: Promise<Answer> = this.#ask(name).then(
      ({ answer, ttlSeconds }) => {
        // Not after clear(): it must drop lookups that started before it.
        if (this.#asked.get(name) === asked) {
          this.#asked.delete(name);
          this.#keep(name, answer, ttlSeconds);
        }
        return answer;
      },
      (error: unknown) => {
        if (this.#asked.get(name) === asked) this.#asked.delete(name);
        throw error;
      },
    );
    this.#asked.set(name, asked);
    return asked;
  }

  clear(): void {
    this.#entries.clear();
    this.#asked.clear();
  }

  #keep(name: string, answer: Answer, ttlSeconds: number): void {
    if (ttlSeconds <= 0 || this.#maxEntries < 1) return;
    this.#entries.delete(name);
    if (this.#entries.size >= this.#maxEntries) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(name, { answer, expiresAt: this.#now() + ttlSeconds * 1000 });
  }
}
