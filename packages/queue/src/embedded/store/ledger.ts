import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Mark } from "../file/mark-file.ts";

interface Entries {
  nextSeq: number;
  messages: number;
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
    this.#read = database.prepare(
      "SELECT next_seq AS nextSeq, messages, bytes, commits FROM ledger",
    );
    this.#write = database.prepare(
      "UPDATE ledger SET next_seq = ?, messages = ?, bytes = ?, commits = ?",
    );
  }

  /** Counts messages that came; returns the first of their numbers, which were never given before. */
  enter(count: number): number {
    const entries = this.#current();
    const first = entries.nextSeq;
    entries.nextSeq += count;
    entries.messages += count;
    return first;
  }

  /** Counts a message that went. */
  leave(): void {
    this.#current().messages -= 1;
  }

  /** Counts a body that came, or with a negative size one that went. */
  addBytes(sizeBytes: number): void {
    this.#current().bytes += sizeBytes;
  }

  /** The transaction changes what somebody was promised: it counts. */
  countCommit(): void {
    this.#counts = true;
  }

  /** To be called before the commit. Returns how far the queue will have come; undefined: it does not count. */
  flush(): Omit<Mark, "tag"> | undefined {
    if (!this.#counts) return undefined;
    const { nextSeq, messages, bytes, commits } = this.#current();
    this.#write.run(nextSeq, messages, bytes, commits + 1);
    this.forget();
    return { nextSeq, messages, commits: commits + 1 };
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
