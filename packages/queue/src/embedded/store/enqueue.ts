import { hash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { QueueError } from "../../errors.ts";
import { checksumOf } from "../file/checksum.ts";
import type {
  AddedRows,
  AddOperation,
  PieceOperation,
  StoredDestination,
} from "../thread/protocol.ts";
import type { Bodies } from "./bodies.ts";
import type { Ledger } from "./ledger.ts";
import { State } from "./message-state.ts";
import { pieceId } from "./piece-id.ts";
import type { ResendTable } from "./resend-table.ts";
import type { RouteCounts } from "./route-counts.ts";

/** Much less than the upload timeout, so that not every piece has to write the row of its upload. */
const touchEveryMs = 60_000;

interface SeenTable {
  readonly find: StatementSync;
  readonly insert: StatementSync;
}

/** Enqueues messages, and remembers de-duplication ids. */
export class Enqueuer {
  readonly #routes: RouteCounts;
  readonly #bodies: Bodies;
  readonly #ledger: Ledger;
  readonly #resends: ResendTable;
  readonly #insertSchedule: StatementSync;
  readonly #beginUpload: StatementSync;
  readonly #findUpload: StatementSync;
  readonly #touchUpload: StatementSync;
  readonly #endUpload: StatementSync;
  readonly #insertPiece: StatementSync;
  readonly #currentSeen: StatementSync;
  readonly #seen: readonly [SeenTable, SeenTable];

  constructor(
    database: DatabaseSync,
    routes: RouteCounts,
    bodies: Bodies,
    ledger: Ledger,
    resends: ResendTable,
  ) {
    this.#routes = routes;
    this.#bodies = bodies;
    this.#ledger = ledger;
    this.#resends = resends;
    this.#insertSchedule = database.prepare(
      "INSERT INTO schedule (seq, route, state, due, size, recipients, mail) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#beginUpload = database.prepare("INSERT INTO upload (touched) VALUES (?)");
    this.#findUpload = database.prepare("SELECT touched FROM upload WHERE id = ?");
    this.#touchUpload = database.prepare("UPDATE upload SET touched = ? WHERE id = ?");
    this.#endUpload = database.prepare("DELETE FROM upload WHERE id = ?");
    this.#insertPiece = database.prepare(
      "INSERT INTO piece (id, bytes, checksum) VALUES (?, ?, ?)",
    );
    this.#currentSeen = database.prepare("SELECT value FROM setting WHERE name = 'current_seen'");
    const seen = (table: string): SeenTable => ({
      find: database.prepare(`SELECT seq AS firstSeq, count FROM ${table} WHERE key = ?`),
      insert: database.prepare(`INSERT INTO ${table} (key, seq, count) VALUES (?, ?, ?)`),
    });
    this.#seen = [seen("seen_0"), seen("seen_1")];
  }

  add(operation: AddOperation, nowMs: number): AddedRows {
    const key = operation.dedupId === undefined ? undefined : seenKey(operation.dedupId);
    const earlier = (key && this.#findSeen(key)) ?? this.#sentAgain(operation, nowMs);
    if (earlier !== undefined) {
      if (operation.upload !== undefined) this.abandonUpload(operation.upload);
      return { ...earlier, duplicate: true };
    }
    if (operation.upload !== undefined && this.#endUpload.run(operation.upload).changes === 0) {
      throw uploadGone();
    }
    const { destinations, dedupId, resend } = operation;
    const count = destinations.length;
    const firstSeq = this.#ledger.enter(count);
    this.#bodies.add(firstSeq, count, {
      ...operation,
      route: count === 1 ? (destinations[0]?.route ?? "") : "",
      firstSeenMs: operation.firstSeenMs ?? nowMs,
    });
    const mail = count === 1 ? null : firstSeq;
    for (const [index, destination] of destinations.entries()) {
      this.#schedule(firstSeq + index, mail, destination, operation, nowMs);
    }
    if (key !== undefined) this.#currentSeenTable().insert.run(key, firstSeq, count);
    if (resend !== undefined && dedupId !== undefined) {
      this.#resends.put(resend.fingerprint, dedupId, nowMs + resend.windowMs);
    }
    return { firstSeq, count, duplicate: false };
  }

  #sentAgain({ resend }: AddOperation, nowMs: number): Omit<AddedRows, "duplicate"> | undefined {
    if (resend === undefined) return undefined;
    const { fingerprint, windowMs } = resend;
    const sentAgain = this.#resends.sentAgain(fingerprint, nowMs, nowMs + windowMs);
    return sentAgain === undefined ? undefined : { firstSeq: 0, count: 0, sentAgain };
  }

  beginUpload(nowMs: number): number {
    return Number(this.#beginUpload.run(nowMs).lastInsertRowid);
  }

  addPiece({ upload, index, bytes }: PieceOperation, nowMs: number): void {
    const touchedMs = this.#findUpload.get(upload)?.["touched"];
    if (typeof touchedMs !== "number") throw uploadGone();
    if (Math.abs(nowMs - touchedMs) > touchEveryMs) this.#touchUpload.run(nowMs, upload);
    this.#insertPiece.run(pieceId(upload, index), bytes, checksumOf(bytes));
  }

  abandonUpload(upload: number): void {
    this.#endUpload.run(upload);
    this.#bodies.removePieces(upload);
  }

  #schedule(
    seq: number,
    mail: number | null,
    { route: name, recipients }: StoredDestination,
    { delayMs, sizeBytes }: AddOperation,
    nowMs: number,
  ): void {
    const route = this.#routes.named(name);
    const due = nowMs + delayMs;
    const state = delayMs > 0 ? "delayed" : "ready";
    this.#insertSchedule.run(seq, route.id, State[state], due, sizeBytes, recipients, mail);
    this.#routes.enter(route, state, sizeBytes);
    this.#routes.due(route, due);
  }

  #findSeen(key: Uint8Array): Omit<AddedRows, "duplicate"> | undefined {
    for (const { find } of this.#seen) {
      const row = find.get(key);
      if (row !== undefined) return row as unknown as Omit<AddedRows, "duplicate">;
    }
    return undefined;
  }

  #currentSeenTable(): SeenTable {
    return this.#seen[this.#currentSeen.get()?.["value"] === 1 ? 1 : 0];
  }
}

/** Has a fixed length for any id, and 128 bits, so that nobody can construct two ids with the same key. */
function seenKey(dedupId: string): Uint8Array {
  return hash("sha256", dedupId, "buffer").subarray(0, 16);
}

function uploadGone(): QueueError {
  return new QueueError(
    "queue-unavailable",
    "the body took too long, and its first pieces were removed; add the message again",
  );
}
