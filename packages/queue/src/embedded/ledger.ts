import type { DatabaseSync, StatementSync } from "node:sqlite";

interface Entries {
  nextSeq: number;
  bytes: number;
  commits: number;
}

/** What is counted for the whole file: read once and written once in a transaction. */
export class Ledger {
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  #entries: Entries | undefined;
  #counts = false;

  constructor(database: DatabaseSync) {
    this.#read = database.prepare("SELECT next_seq AS nextSeq, bytes, commits FROM ledger");
    this.#write = database.prepare("UPDATE ledger SET next_seq = ?, bytes = ?, commits = ?");
  }

  /** The first of `count` numbers that were never given before. */
  numbers(count: number): number {
    const entries = this.#current();
    const first = entries.nextSeq;
    entries.nextSeq += count;
    return first;
  }

  /** Counts a body that came, or with a negative size one that went. */
  addBytes(sizeBytes: number): void {
    this.#current().bytes += sizeBytes;
  }

  /** The transaction changes what somebody was promised: it counts. */
  countCommit(): void {
    this.#counts = true;
  }

  /** To be called before the commit. */
  flush(): void {
    if (this.#counts) {
      const { nextSeq, bytes, commits } = this.#current();
      this.#write.run(nextSeq, bytes, commits + 1);
    }
    this.forget();
  }

  /** To be called after a rollback. */
  forget(): void {
    this.#entries = undefined;
    this.#counts = false;
  }

  #current(): Entries {
    this.#entries ??= { ...(this.#read.get() as unknown as Entries) };
    return this.#entries;
  }
}
