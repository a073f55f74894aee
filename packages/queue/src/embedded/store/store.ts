import type { DatabaseSync } from "node:sqlite";
import { QueueError } from "../../errors.ts";
import type { Unreadable } from "../file/unreadable.ts";
import type { Operation, OperationKind, StoreOptions } from "../thread/protocol.ts";
import { Bodies } from "./bodies.ts";
import { Claimer } from "./claim.ts";
import { Enqueuer } from "./enqueue.ts";
import { diskFreeBytes, Inspector } from "./inspect.ts";
import { Ledger } from "./ledger.ts";
import { Maintenance } from "./maintenance.ts";
import { ResendTable } from "./resend-table.ts";
import { RouteCounts } from "./route-counts.ts";
import { Settler } from "./settle.ts";

/** The number of bytes added before the free space of the disk is checked again. */
const freeCheckBytes = 1024 * 1024;
const freeCheckMs = 200;

/** Operations that promise nothing until the `add` after them: a commit with only these does not write the ledger. */
const unpromised: ReadonlySet<OperationKind> = new Set([
  "begin-upload",
  "piece",
  "abandon-upload",
  "maintain",
  "replies-received",
]);

/** The operations on one open file. The caller begins and commits the transactions. */
export class Store {
  readonly #options: StoreOptions;
  readonly #routes: RouteCounts;
  readonly #ledger: Ledger;
  readonly #enqueuer: Enqueuer;
  readonly #claimer: Claimer;
  readonly #settler: Settler;
  readonly #inspector: Inspector;
  readonly #maintenance: Maintenance;
  readonly #resends: ResendTable;
  #freeBytes = 0;
  #freeCheckedMs = -Infinity;

  constructor(database: DatabaseSync, options: StoreOptions, unreadable: Unreadable) {
    this.#options = options;
    this.#routes = new RouteCounts(database);
    this.#ledger = new Ledger(database);
    const bodies = new Bodies(database, this.#ledger, unreadable);
    this.#resends = new ResendTable(database, options.file);
    this.#enqueuer = new Enqueuer(database, this.#routes, bodies, this.#ledger, this.#resends);
    this.#settler = new Settler(database, this.#routes, bodies);
    this.#claimer = new Claimer(database, this.#routes, this.#settler, unreadable);
    this.#inspector = new Inspector(database, options.file, unreadable);
    this.#maintenance = new Maintenance(database, options.dedupWindowMs);
  }

  /** Answers an operation that needs no transaction; undefined if it needs one. */
  answerFromReading(operation: Operation, nowMs: number): { readonly value: unknown } | undefined {
    switch (operation.kind) {
      case "take": {
        const value = this.#claimer.foresee(operation, nowMs);
        return value && { value };
      }
      case "list":
        return { value: this.#inspector.list(operation) };
      case "show":
        return { value: this.#inspector.show(operation.seq) };
      case "read":
        return { value: this.#inspector.read(operation.seq, operation.index) };
      case "stats":
        return { value: this.#inspector.stats(operation.maxRoutes, nowMs) };
      default:
        return undefined;
    }
  }

  /** Runs an operation within a transaction. A `QueueError` concerns this operation only, which then has changed nothing. */
  write(operation: Operation, nowMs: number): unknown {
    if (!unpromised.has(operation.kind)) this.#ledger.countCommit();
    switch (operation.kind) {
      case "add":
        this.#checkRoom(operation.sizeBytes, operation.settles);
        return this.#enqueuer.add(operation, nowMs);
      case "begin-upload":
        this.#checkRoom(0, operation.settles);
        return this.#enqueuer.beginUpload(nowMs);
      case "piece":
        this.#checkRoom(operation.bytes.length, operation.settles);
        return this.#enqueuer.addPiece(operation, nowMs);
      case "abandon-upload":
        return this.#enqueuer.abandonUpload(operation.upload);
      case "take":
        return this.#claimer.take(operation, nowMs);
      case "done":
        return this.#settler.done(operation);
      case "retry":
        return this.#settler.retry(operation, nowMs);
      case "dead":
        return this.#settler.dead(operation, nowMs);
      case "extend":
        return this.#settler.extend(operation, nowMs);
      case "hand-back":
        return this.#settler.handBack(operation, nowMs);
      case "retry-now":
        return this.#settler.retryNow(operation.seq, nowMs);
      case "drop":
        return this.#settler.drop(operation.seq);
      case "hold":
        return this.#settler.hold(operation.seq, nowMs);
      case "release":
        return this.#settler.release(operation.seq, nowMs);
      case "maintain":
        this.#resends.tidy(nowMs);
        return this.#maintenance.run(nowMs, operation.aheadMs);
      case "replies-received":
        for (const reply of operation.replies) this.#resends.received(reply);
        return undefined;
      case "reply-lost":
        return this.#resends.lost(operation.reply);
      default:
        throw new TypeError(`${operation.kind} is not an operation that writes`);
    }
  }

  /** Call before the file is closed. */
  close(): void {
    this.#resends.close();
  }

  /** Makes a message whose body cannot be read a dead letter. Call within a transaction. */
  setAside(seq: number, reason: string, nowMs: number): void {
    this.#ledger.countCommit();
    this.#settler.setAside(seq, reason, nowMs);
  }

  /** Call before a commit. Returns the content of its mark. */
  flush(): ReturnType<Ledger["flush"]> {
    this.#routes.flush();
    return this.#ledger.flush();
  }

  /** Call after a rollback. */
  forget(): void {
    this.#routes.forget();
    this.#ledger.forget();
  }

  /** Reserves space for settling, which writes too: a full disk must not prevent recording that mail was delivered. */
  #checkRoom(sizeBytes: number, settles = false): void {
    const { file } = this.#options;
    const minFreeBytes = settles ? this.#options.minFreeSettlingBytes : this.#options.minFreeBytes;
    const now = performance.now();
    if (
      this.#freeBytes - minFreeBytes < freeCheckBytes ||
      now - this.#freeCheckedMs > freeCheckMs
    ) {
      // Free pages inside the file count as free space.
      this.#freeBytes = diskFreeBytes(file) + this.#inspector.freeBytesInside();
      this.#freeCheckedMs = now;
    }
    this.#freeBytes -= sizeBytes;
    if (this.#freeBytes < minFreeBytes) {
      throw new QueueError(
        "queue-full",
        `the disk of ${file} has ${this.#freeBytes} bytes left, and the queue keeps ${minFreeBytes} free. Free space there, or lower minFreeBytes`,
      );
    }
  }
}
