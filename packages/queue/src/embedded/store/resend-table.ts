import { hash, randomInt } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isOwnerAlive, OwnerLock, removeStaleLocks } from "../file/owner-lock.ts";

export interface ReplyKey {
  readonly fingerprint: string;
  readonly id: string;
}

interface Row {
  readonly id: string;
  readonly owner: number;
  readonly until: number;
}

/** Clients that keep dropping their connection after the message must not fill the disk. */
const maxKept = 100_000;
const nobody = 0;

/**
 * Accepted messages whose reply the client may have missed. Each row belongs to an `owner`, the process that holds
 * the client's connection, or to nobody once the connection has ended. If the client sends an equal message and the
 * row has no living owner, the message counts as sent again, and nothing is added.
 *
 * Most rows live for one round trip, so that the table is a page or two.
 */
export class ResendTable {
  readonly #file: string;
  readonly #find: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #disown: StatementSync;
  readonly #expire: StatementSync;
  readonly #count: StatementSync;
  readonly #removeOldest: StatementSync;
  readonly #owner = randomInt(1, 2 ** 48 - 1);
  #lock: OwnerLock | "none" | undefined;

  constructor(database: DatabaseSync, file: string) {
    this.#file = file;
    this.#find = database.prepare("SELECT id, owner, until FROM receipt WHERE key = ?");
    this.#put = database.prepare(
      "INSERT OR REPLACE INTO receipt (key, id, owner, until) VALUES (?, ?, ?, ?)",
    );
    this.#remove = database.prepare("DELETE FROM receipt WHERE key = ? AND id = ?");
    this.#disown = database.prepare(
      `UPDATE receipt SET owner = ${nobody} WHERE key = ? AND id = ?`,
    );
    this.#expire = database.prepare("DELETE FROM receipt WHERE until <= ?");
    this.#count = database.prepare("SELECT count(*) AS count FROM receipt");
    this.#removeOldest = database.prepare(
      "DELETE FROM receipt WHERE key IN (SELECT key FROM receipt ORDER BY until LIMIT ?)",
    );
  }

  /** The id under which it was accepted before, if it is sent again; the row is this process's then. */
  sentAgain(fingerprint: string, nowMs: number, untilMs: number): string | undefined {
    const key = keyOf(fingerprint);
    const row = this.#find.get(key) as unknown as Row | undefined;
    if (row === undefined || row.until <= nowMs || row.owner === this.#owner) return undefined;
    if (row.owner !== nobody && isOwnerAlive(this.#file, row.owner)) return undefined;
    this.put(fingerprint, row.id, untilMs);
    return row.id;
  }

  put(fingerprint: string, id: string, untilMs: number): void {
    if (this.#isLocked()) this.#put.run(keyOf(fingerprint), id, this.#owner, untilMs);
  }

  received({ fingerprint, id }: ReplyKey): void {
    this.#remove.run(keyOf(fingerprint), id);
  }

  lost({ fingerprint, id }: ReplyKey): void {
    this.#disown.run(keyOf(fingerprint), id);
  }

  /** Removes the rows whose window has passed, and the oldest ones if there are too many. */
  tidy(nowMs: number): void {
    this.#expire.run(nowMs);
    const count = Number(this.#count.get()?.["count"]);
    if (count > maxKept) this.#removeOldest.run(count - maxKept / 2);
  }

  close(): void {
    if (this.#lock instanceof OwnerLock) this.#lock.release();
    this.#lock = undefined;
  }

  /** Without a lock, other processes could not tell that this one is alive, and would take its messages for resent. */
  #isLocked(): boolean {
    if (this.#lock === undefined) {
      try {
        removeStaleLocks(this.#file);
        this.#lock = new OwnerLock(this.#file, this.#owner);
      } catch {
        this.#lock = "none";
      }
    }
    return this.#lock !== "none";
  }
}

function keyOf(fingerprint: string): Uint8Array {
  return hash("sha256", fingerprint, "buffer").subarray(0, 16);
}
