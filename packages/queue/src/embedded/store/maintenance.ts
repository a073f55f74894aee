import type { DatabaseSync, StatementSync } from "node:sqlite";
import { noteClock } from "../file/clock-row.ts";
import { pieceId } from "./piece-id.ts";

/** An upload that has received no piece for this long is abandoned. */
const uploadTimeoutMs = 60 * 60 * 1000;
/** Free pages kept in the file for new messages. */
const keptPages = 2048;
/** 32 MiB: a step short enough that other operations hardly notice it. */
const vacuumPages = 4096;

/** Does the regular maintenance in short steps that do not block the thread. */
export class Maintenance {
  readonly #database: DatabaseSync;
  readonly #dedupWindowMs: number;
  readonly #setting: StatementSync;
  readonly #set: StatementSync;
  readonly #staleUploads: StatementSync;
  readonly #removePieces: StatementSync;

  constructor(database: DatabaseSync, dedupWindowMs: number) {
    this.#database = database;
    this.#dedupWindowMs = dedupWindowMs;
    this.#setting = database.prepare("SELECT value FROM setting WHERE name = ?");
    this.#set = database.prepare("UPDATE setting SET value = ? WHERE name = ?");
    this.#staleUploads = database.prepare("DELETE FROM upload WHERE touched < ? RETURNING id");
    this.#removePieces = database.prepare("DELETE FROM piece WHERE id BETWEEN ? AND ?");
  }

  run(nowMs: number, aheadMs: number): void {
    this.#forgetSeen(nowMs);
    noteClock(this.#database, nowMs, aheadMs);
    for (const { id } of this.#staleUploads.all(nowMs - uploadTimeoutMs)) {
      this.#removePieces.run(pieceId(Number(id), 0), pieceId(Number(id) + 1, 0) - 1);
    }
    const free = Number(this.#database.prepare("PRAGMA freelist_count").get()?.["freelist_count"]);
    if (free > keptPages) {
      // The statement frees one page a step, so that get() would stop after the first page.
      this.#database
        .prepare(`PRAGMA incremental_vacuum(${Math.min(vacuumPages, free - keptPages)})`)
        .all();
    }
  }

  /**
   * Alternates between two tables of ids and empties the older one whole. Ids are thus remembered for one to two
   * windows, without an index by time and without deleting single rows.
   */
  #forgetSeen(nowMs: number): void {
    const since = Number(this.#setting.get("seen_since")?.["value"]);
    if (nowMs - since < this.#dedupWindowMs) return;
    const next = this.#setting.get("current_seen")?.["value"] === 1 ? 0 : 1;
    this.#database.exec(`DELETE FROM seen_${next}`);
    this.#set.run(next, "current_seen");
    this.#set.run(nowMs, "seen_since");
  }
}
