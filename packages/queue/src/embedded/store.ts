import type { DatabaseSync } from "node:sqlite";
import { QueueError } from "../queue-error.ts";
import { Adding } from "./adding.ts";
import { Bodies } from "./bodies.ts";
import { Ledger } from "./ledger.ts";
import { diskFreeBytes, Looking } from "./looking.ts";
import type { Operation, OperationKind, StoreOptions } from "./protocol.ts";
import { Receipts } from "./receipts.ts";
import { RouteBook } from "./route-book.ts";
import { Settling } from "./settling.ts";
import { Taking } from "./taking.ts";
import type { Unreadable } from "./unreadable.ts";
import { Upkeep } from "./upkeep.ts";

/** Bytes that are added before the free space of the disk is looked at again. */
const freeCheckBytes = 1024 * 1024;
const freeCheckMs = 200;

/** What nobody relies on before the `add` that follows: a commit with nothing else writes no ledger. */
const unpromised: ReadonlySet<OperationKind> = new Set([
  "begin-upload",
  "piece",
  "abandon-upload",
  "maintain",
  "heard",
]);

/** One open file and what can be done with it; transactions are its caller's. */
export class Store {
  readonly #options: StoreOptions;
  readonly #book: RouteBook;
  readonly #ledger: Ledger;
  readonly #adding: Adding;
  readonly #taking: Taking;
  readonly #settling: Settling;
  readonly #looking: Looking;
  readonly #upkeep: Upkeep;
  readonly #receipts: Receipts;
  #freeBytes = 0;
  #freeCheckedMs = -Infinity;

  constructor(database: DatabaseSync, options: StoreOptions, unreadable: Unreadable) {
    this.#options = options;
    this.#book = new RouteBook(database);
    this.#ledger = new Ledger(database);
    const bodies = new Bodies(database, this.#ledger, unreadable);
    this.#receipts = new Receipts(database, options.file);
    this.#adding = new Adding(database, this.#book, bodies, this.#ledger, this.#receipts);
    this.#settling = new Settling(database, this.#book, bodies);
    this.#taking = new Taking(database, this.#book, this.#settling, unreadable);
    this.#looking = new Looking(database, options.file, unreadable);
    this.#upkeep = new Upkeep(database, options.dedupWindowMs);
  }

  /** The answer to what needs no transaction; undefined where one is needed. */
  answerFromReading(operation: Operation, nowMs: number): { readonly value: unknown } | undefined {
    switch (operation.kind) {
      case "take": {
        const value = this.#taking.foresee(operation, nowMs);
        return value && { value };
      }
      case "list":
        return { value: this.#looking.list(operation) };
      case "show":
        return { value: this.#looking.show(operation.seq) };
      case "read":
        return { value: this.#looking.read(operation.seq, operation.index) };
      case "stats":
        return { value: this.#looking.stats(operation.maxRoutes, nowMs) };
      default:
        return undefined;
    }
  }

  /** Does what needs a transaction. A `QueueError` is that operation's alone and has changed nothing. */
  write(operation: Operation, nowMs: number): unknown {
    if (!unpromised.has(operation.kind)) this.#ledger.countCommit();
    switch (operation.kind) {
      case "add":
        this.#checkRoom(operation.sizeBytes, operation.settles);
        return this.#adding.add(operation, nowMs);
      case "begin-upload":
        this.#checkRoom(0, operation.settles);
        return this.#adding.beginUpload(nowMs);
      case "piece":
        this.#checkRoom(operation.bytes.length, operation.settles);
        return this.#adding.addPiece(operation, nowMs);
      case "abandon-upload":
        return this.#adding.abandonUpload(operation.upload);
      case "take":
        return this.#taking.take(operation, nowMs);
      case "done":
        return this.#settling.done(operation);
      case "retry":
        return this.#settling.retry(operation, nowMs);
      case "dead":
        return this.#settling.dead(operation, nowMs);
      case "extend":
        return this.#settling.extend(operation, nowMs);
      case "hand-back":
        return this.#settling.handBack(operation, nowMs);
      case "retry-now":
        return this.#settling.retryNow(operation.seq, nowMs);
      case "drop":
        return this.#settling.drop(operation.seq);
      case "hold":
        return this.#settling.hold(operation.seq, nowMs);
      case "release":
        return this.#settling.release(operation.seq, nowMs);
      case "maintain":
        this.#receipts.tidy(nowMs);
        return this.#upkeep.run(nowMs, operation.aheadMs);
      case "heard":
        for (const receipt of operation.receipts) this.#receipts.heard(receipt);
        return undefined;
      case "unheard":
        return this.#receipts.unheard(operation.receipt);
      default:
        throw new TypeError(`expected an operation that writes, got ${operation.kind}`);
    }
  }

  /** To be called before the file is closed. */
  close(): void {
    this.#receipts.close();
  }

  /** Makes a message whose body cannot be read a dead letter; in a transaction. */
  setAside(seq: number, reason: string, nowMs: number): void {
    this.#ledger.countCommit();
    this.#settling.setAside(seq, reason, nowMs);
  }

  /** To be called before a commit. Returns what its mark has to say. */
  flush(): ReturnType<Ledger["flush"]> {
    this.#book.flush();
    return this.#ledger.flush();
  }

  /** To be called after a rollback. */
  forget(): void {
    this.#book.forget();
    this.#ledger.forget();
  }

  /** Space is kept for ending leases, which writes too: a full disk must not keep what was delivered. */
  #checkRoom(sizeBytes: number, settles = false): void {
    const { file } = this.#options;
    const minFreeBytes = settles ? this.#options.minFreeSettlingBytes : this.#options.minFreeBytes;
    const now = performance.now();
    if (
      this.#freeBytes - minFreeBytes < freeCheckBytes ||
      now - this.#freeCheckedMs > freeCheckMs
    ) {
      // What is free inside the file is as good.
      this.#freeBytes = diskFreeBytes(file) + this.#looking.freeBytesInside();
      this.#freeCheckedMs = now;
    }
    this.#freeBytes -= sizeBytes;
    if (this.#freeBytes < minFreeBytes) {
      throw new QueueError(
        "queue-full",
        `expected ${minFreeBytes} bytes to be free beside ${file}, got ${this.#freeBytes}; free space on its disk, or lower minFreeBytes`,
      );
    }
  }
}
