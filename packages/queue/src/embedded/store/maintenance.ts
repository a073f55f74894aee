import type { DatabaseSync, StatementSync } from "node:sqlite";
import { noteClock } from "../file/clock-row.ts";
import { pieceId } from "./piece-id.ts";

/** After so long without a piece nobody is adding them any more. */
const uploadTimeoutMs = 60 * 60 * 1000;
/** Free pages that are kept for the messages to come. */
const keptPages = 2048;
/** 32 MiB: a step that others hardly notice. */
const vacuumPages = 4096;

/** What is done every few seconds, in steps that do not keep the thread. */
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
      // The statement gives back one page a step, so that get() would stop after the first.
      this.#database
        .prepare(`PRAGMA incremental_vacuum(${Math.min(vacuumPages, free - keptPages)})`)
        .all();
    }
  }

  /**
   * Ids are remembered in two tables by turns, and the older one is emptied at once: between one and two
   * windows, with no index by time and no row deleted by itself.
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
