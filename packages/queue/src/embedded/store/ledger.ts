import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Mark } from "../file/mark-file.ts";

interface Entries {
  nextSeq: number;
  messages: number;
  bytes: number;
  commits: number;
}

/** Keeps the counts of the whole file, which each transaction reads once and writes once. */
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

  /** Counts new messages and returns the first of their numbers, which have never been used before. */
  enter(count: number): number {
    const entries = this.#current();
    const first = entries.nextSeq;
    entries.nextSeq += count;
    entries.messages += count;
    return first;
  }

  /** Counts a removed message. */
  leave(): void {
    this.#current().messages -= 1;
  }

  /** Counts a new body, or with a negative size a removed one. */
  addBytes(sizeBytes: number): void {
    this.#current().bytes += sizeBytes;
  }

  /** Counts this transaction, because its loss would break a promise to a caller. */
  countCommit(): void {
    this.#counts = true;
  }

  /** Call before the commit. Returns the progress for the mark; undefined if the transaction does not count. */
  flush(): Omit<Mark, "tag"> | undefined {
    if (!this.#counts) return undefined;
    const { nextSeq, messages, bytes, commits } = this.#current();
    this.#write.run(nextSeq, messages, bytes, commits + 1);
    this.forget();
    return { nextSeq, messages, commits: commits + 1 };
  }

  /** Call after a rollback. */
  forget(): void {
    this.#entries = undefined;
    this.#counts = false;
  }

  #current(): Entries {
    this.#entries ??= { ...(this.#read.get() as unknown as Entries) };
    return this.#entries;
  }
}
