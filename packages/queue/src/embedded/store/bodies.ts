import type { DatabaseSync, StatementSync } from "node:sqlite";
import { checksumOf } from "../file/checksum.ts";
import type { Unreadable } from "../file/unreadable.ts";
import type { Ledger } from "./ledger.ts";
import { pieceId } from "./piece-id.ts";

/** A queued message that refers to a body. */
export interface BodyUser {
  readonly seq: number;
  /** The number of the shared message; null if the message is its own. */
  readonly mail: number | null;
  readonly size: number;
}

interface Users {
  readonly live: number;
  readonly dead: number;
}

/** Stores bodies and counts their users. A body counts once while a user is live, and is removed with its last user. */
export class Bodies {
  readonly #ledger: Ledger;
  readonly #unreadable: Unreadable;
  readonly #insertMessage: StatementSync;
  readonly #insertShared: StatementSync;
  readonly #moveShared: StatementSync;
  readonly #removeShared: StatementSync;
  readonly #removeMessage: StatementSync;
  readonly #removePieces: StatementSync;

  constructor(database: DatabaseSync, ledger: Ledger, unreadable: Unreadable) {
    this.#ledger = ledger;
    this.#unreadable = unreadable;
    this.#insertMessage = database.prepare(
      "INSERT INTO message (seq, route, size, first_seen, upload, checksum, metadata, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#insertShared = database.prepare("INSERT INTO shared (mail, live, dead) VALUES (?, ?, 0)");
    this.#moveShared = database.prepare(
      "UPDATE shared SET live = live + ?, dead = dead + ? WHERE mail = ? RETURNING live, dead",
    );
    this.#removeShared = database.prepare("DELETE FROM shared WHERE mail = ?");
    this.#removeMessage = database.prepare("DELETE FROM message WHERE seq = ? RETURNING upload");
    this.#removePieces = database.prepare("DELETE FROM piece WHERE id BETWEEN ? AND ?");
  }

  /** Stores the message that `users` queued messages share, under the first of their numbers. */
  add(
    seq: number,
    users: number,
    message: {
      readonly route: string;
      readonly sizeBytes: number;
      readonly firstSeenMs: number;
      readonly upload: number | undefined;
      readonly metadata: string;
      readonly bytes: Uint8Array | undefined;
    },
  ): void {
    const { route, sizeBytes, firstSeenMs, upload = null, metadata, bytes = null } = message;
    const checksum = checksumOf(metadata, bytes ?? "");
    this.#insertMessage.run(seq, route, sizeBytes, firstSeenMs, upload, checksum, metadata, bytes);
    if (users > 1) this.#insertShared.run(seq, users);
    this.#ledger.addBytes(sizeBytes);
  }

  /** Records that a live message has become a dead letter. */
  becameDead({ mail, size }: BodyUser): void {
    const left = this.#move(mail, -1, 1);
    if (left.live === 0) this.#ledger.addBytes(-size);
  }

  /** Records that a dead letter has become live. */
  becameLive({ mail, size }: BodyUser): void {
    const left = this.#move(mail, 1, -1);
    if (left.live === 1) this.#ledger.addBytes(size);
  }

  /** Records that a message has been removed. */
  removed({ seq, mail, size }: BodyUser, was: "live" | "dead"): void {
    this.#ledger.leave();
    const left = was === "live" ? this.#move(mail, -1, 0) : this.#move(mail, 0, -1);
    if (was === "live" && left.live === 0) this.#ledger.addBytes(-size);
    if (left.live + left.dead > 0) return;
    if (mail !== null) this.#removeShared.run(mail);
    this.#remove(mail ?? seq);
  }

  /** Leaves a body in a damaged page where it is: removing it would write back what was read from that page. */
  #remove(mail: number): void {
    if (this.#unreadable.reasonOf(mail) !== undefined) return;
    this.#unreadable.guard(mail, () => {
      const upload = this.#removeMessage.get(mail)?.["upload"];
      if (typeof upload === "number") this.removePieces(upload);
    });
  }

  removePieces(upload: number): void {
    this.#removePieces.run(pieceId(upload, 0), pieceId(upload + 1, 0) - 1);
  }

  /** Changes the counts and returns the remaining users. */
  #move(mail: number | null, live: number, dead: number): Users {
    if (mail === null) return { live: Math.max(0, live), dead: Math.max(0, dead) };
    return this.#moveShared.get(live, dead, mail) as unknown as Users;
  }
}
