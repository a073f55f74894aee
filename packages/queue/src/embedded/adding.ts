import { hash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { QueueError } from "../queue-error.ts";
import { State } from "./message-state.ts";
import { pieceId } from "./piece-id.ts";
import type { AddOperation, PieceOperation } from "./protocol.ts";
import type { RouteBook } from "./route-book.ts";

interface SeenTable {
  readonly find: StatementSync;
  readonly insert: StatementSync;
}

/** Takes messages in, and remembers de-duplication ids. */
export class Adding {
  readonly #book: RouteBook;
  readonly #insertMessage: StatementSync;
  readonly #insertSchedule: StatementSync;
  readonly #beginUpload: StatementSync;
  readonly #touchUpload: StatementSync;
  readonly #endUpload: StatementSync;
  readonly #insertPiece: StatementSync;
  readonly #removePieces: StatementSync;
  readonly #currentSeen: StatementSync;
  readonly #seen: readonly [SeenTable, SeenTable];

  constructor(database: DatabaseSync, book: RouteBook) {
    this.#book = book;
    this.#insertMessage = database.prepare(
      "INSERT INTO message (route, size, first_seen, upload, metadata, body) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#insertSchedule = database.prepare(
      "INSERT INTO schedule (seq, route, state, due, size) VALUES (?, ?, ?, ?, ?)",
    );
    this.#beginUpload = database.prepare("INSERT INTO upload (touched) VALUES (?)");
    this.#touchUpload = database.prepare("UPDATE upload SET touched = ? WHERE id = ?");
    this.#endUpload = database.prepare("DELETE FROM upload WHERE id = ?");
    this.#insertPiece = database.prepare("INSERT INTO piece (id, bytes) VALUES (?, ?)");
    this.#removePieces = database.prepare("DELETE FROM piece WHERE id BETWEEN ? AND ?");
    this.#currentSeen = database.prepare("SELECT value FROM setting WHERE name = 'current_seen'");
    const seen = (table: string): SeenTable => ({
      find: database.prepare(`SELECT seq FROM ${table} WHERE key = ?`),
      insert: database.prepare(`INSERT INTO ${table} (key, seq) VALUES (?, ?)`),
    });
    this.#seen = [seen("seen_0"), seen("seen_1")];
  }

  add(operation: AddOperation, nowMs: number): { seq: number; duplicate: boolean } {
    const key = operation.dedupId === undefined ? undefined : seenKey(operation.dedupId);
    const earlier = key && this.#findSeen(key);
    if (earlier !== undefined) {
      if (operation.upload !== undefined) this.abandonUpload(operation.upload);
      return { seq: earlier, duplicate: true };
    }
    if (operation.upload !== undefined && this.#endUpload.run(operation.upload).changes === 0) {
      throw uploadGone();
    }
    const { route: name, metadata, sizeBytes, delayMs } = operation;
    const inserted = this.#insertMessage.run(
      name,
      sizeBytes,
      operation.firstSeenMs ?? nowMs,
      operation.upload ?? null,
      metadata,
      operation.bytes ?? null,
    );
    const seq = Number(inserted.lastInsertRowid);
    const route = this.#book.named(name);
    const due = nowMs + delayMs;
    const state = delayMs > 0 ? "delayed" : "ready";
    this.#insertSchedule.run(seq, route.id, State[state], due, sizeBytes);
    this.#book.enter(route, state, sizeBytes);
    this.#book.due(route, due);
    if (key !== undefined) this.#currentSeenTable().insert.run(key, seq);
    return { seq, duplicate: false };
  }

  beginUpload(nowMs: number): number {
    return Number(this.#beginUpload.run(nowMs).lastInsertRowid);
  }

  addPiece({ upload, index, bytes }: PieceOperation, nowMs: number): void {
    if (this.#touchUpload.run(nowMs, upload).changes === 0) throw uploadGone();
    this.#insertPiece.run(pieceId(upload, index), bytes);
  }

  abandonUpload(upload: number): void {
    this.#endUpload.run(upload);
    this.#removePieces.run(pieceId(upload, 0), pieceId(upload + 1, 0) - 1);
  }

  #findSeen(key: Uint8Array): number | undefined {
    for (const { find } of this.#seen) {
      const row = find.get(key);
      if (row !== undefined) return Number(row["seq"]);
    }
    return undefined;
  }

  #currentSeenTable(): SeenTable {
    return this.#seen[this.#currentSeen.get()?.["value"] === 1 ? 1 : 0];
  }
}

/** Of fixed length, whatever the id; 128 bits, so that nobody makes two ids that are taken for one. */
function seenKey(dedupId: string): Uint8Array {
  return hash("sha256", dedupId, "buffer").subarray(0, 16);
}

function uploadGone(): QueueError {
  return new QueueError(
    "queue-unavailable",
    "expected the pieces of the body that were added before, got none: the body took too long; add the message again",
  );
}
