/** An answer, and for how many seconds it may be kept; 0: it is only handed on. */
export interface Timed<Answer> {
  readonly answer: Answer;
  readonly ttlSeconds: number;
}

interface Entry<Answer> {
  readonly answer: Answer;
  readonly expiresAt: number;
}

/**
 * Keeps answers by name for their time, in bounded number: the one used longest ago makes room. Questions
 * for one name that come while it is being asked share the one lookup.
 */
export class AnswerCache<Answer> {
  readonly #ask: (name: string) => Promise<Timed<Answer>>;
  readonly #maxEntries: number;
  readonly #now: () => number;
  // Insertion order is order of use: a hit is taken out and put back.
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

  /** What is kept for a name and still fresh; counts as a use. */
  kept(name: string): Answer | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    if (this.#now() >= entry.expiresAt) return undefined;
    this.#entries.set(name, entry);
    return entry.answer;
  }

  /** Asks anew, or joins those who are waiting for the same name. */
  ask(name: string): Promise<Answer> {
    const waiting = this.#asked.get(name);
    if (waiting !== undefined) return waiting;
    const asked: Promise<Answer> = this.#ask(name).then(
      ({ answer, ttlSeconds }) => {
        // Not after clear(): what was asked before it is what it was called to forget.
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
