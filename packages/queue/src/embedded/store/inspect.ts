import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { MessageState, QueueStats, RouteStats } from "../../contract.ts";
import { isIntact } from "../file/checksum.ts";
import { pageBytes } from "../file/open-database.ts";
import type { MessageColumns, PieceColumns } from "../file/schema.ts";
import { changed, DamageFound, damageOf, missing, type Unreadable } from "../file/unreadable.ts";
import { type ListOperation, type MessageRow, type Piece, pieceBytes } from "../thread/protocol.ts";
import { type StoredState, stateName } from "./message-state.ts";
import { pieceId } from "./piece-id.ts";

/** The maximum number of rows that one page of a list reads: a filter with few matches must not block the thread. */
const maxScanned = 5000;

const columns = `s.seq, coalesce(s.mail, s.seq) AS mail, s.due AS dueMs, s.attempt, s.reason, s.recipients,
  r.name AS route, s.size AS sizeBytes`;
const joined = "s CROSS JOIN route r ON r.id = s.route";

type Row = Omit<MessageRow, "state" | "metadata" | "firstSeenMs"> & {
  readonly mail: number;
  readonly state: StoredState | "dead";
};

type StoredRow = Omit<MessageColumns, "route" | "firstSeen">;

type Described = Pick<MessageRow, "metadata" | "firstSeenMs">;

/** The operations that only read: lists, bodies, counts. */
export class Inspector {
  readonly #file: string;
  readonly #unreadable: Unreadable;
  readonly #described: StatementSync;
  readonly #mailOf: StatementSync;
  readonly #scan: StatementSync;
  readonly #scanHeld: StatementSync;
  readonly #scanDead: StatementSync;
  readonly #ofRoute: StatementSync;
  readonly #routeId: StatementSync;
  readonly #live: StatementSync;
  readonly #dead: StatementSync;
  readonly #stored: StatementSync;
  readonly #piece: StatementSync;
  readonly #totals: StatementSync;
  readonly #oldest: StatementSync;
  readonly #routes: StatementSync;
  readonly #freePages: StatementSync;

  constructor(database: DatabaseSync, file: string, unreadable: Unreadable) {
    this.#file = file;
    this.#unreadable = unreadable;
    this.#described = database.prepare(
      "SELECT metadata, first_seen AS firstSeenMs FROM message WHERE seq = ?",
    );
    this.#mailOf = database.prepare(
      `SELECT coalesce(mail, seq) AS mail FROM schedule WHERE seq = ?1
       UNION ALL SELECT coalesce(mail, seq) FROM dead WHERE seq = ?1`,
    );
    const live = `SELECT ${columns}, s.state FROM schedule ${joined}`;
    const dead = `SELECT ${columns}, 'dead' AS state FROM dead ${joined}`;
    const page = `s.seq > ? ORDER BY s.seq LIMIT ${maxScanned}`;
    this.#scan = database.prepare(`${live} WHERE ${page}`);
    this.#scanHeld = database.prepare(`${live} WHERE s.state = 3 AND ${page}`);
    this.#scanDead = database.prepare(`${dead} WHERE ${page}`);
    // Each part uses an index, so that other routes, however long, are not read.
    const parts = ["state IN (0, 2) AND route = ?1", "state = 1", "state = 3"];
    const candidates = parts.map((part) => `SELECT seq, route FROM schedule WHERE ${part}`);
    this.#ofRoute = database.prepare(
      `${live} WHERE s.seq IN (SELECT seq FROM (${candidates.join(" UNION ALL ")})
         WHERE route = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3) ORDER BY s.seq`,
    );
    this.#routeId = database.prepare("SELECT id FROM route WHERE name = ?");
    this.#live = database.prepare(`${live} WHERE s.seq = ?`);
    this.#dead = database.prepare(`${dead} WHERE s.seq = ?`);
    this.#stored = database.prepare(
      "SELECT upload, size, checksum, metadata, body FROM message WHERE seq = ?",
    );
    this.#piece = database.prepare("SELECT bytes, checksum FROM piece WHERE id = ?");
    this.#totals = database.prepare(
      `SELECT coalesce(sum(ready + leased + delayed + held), 0) AS depth, (SELECT bytes FROM ledger) AS bytes,
         coalesce(sum(leased), 0) AS leased, coalesce(sum(delayed), 0) AS delayed,
         coalesce(sum(held), 0) AS held, coalesce(sum(dead), 0) AS dead,
         (SELECT coalesce(sum(messages), 0) FROM loss) AS missing FROM route`,
    );
    this.#freePages = database.prepare("PRAGMA freelist_count");
    this.#oldest = database.prepare(
      `SELECT first_seen FROM message
       WHERE seq = (SELECT coalesce(mail, seq) FROM schedule ORDER BY seq LIMIT 1)`,
    );
    this.#routes = database.prepare(
      `SELECT name AS route, ready + leased + delayed + held AS depth, bytes, leased, delayed, held, dead
       FROM route ORDER BY depth DESC, name LIMIT ?`,
    );
  }

  list(operation: ListOperation): { rows: MessageRow[]; next?: number } {
    const { state, route, limit, after } = operation;
    if (route !== undefined && state === undefined) return this.#listRoute(route, operation);
    const statement =
      state === "dead" ? this.#scanDead : state === "held" ? this.#scanHeld : this.#scan;
    const rows: MessageRow[] = [];
    let scanned = 0;
    let last = after;
    for (const found of statement.iterate(after) as IterableIterator<unknown>) {
      const row = found as Row;
      scanned += 1;
      last = row.seq;
      if (matches(row, state, route)) rows.push(this.#complete(row));
      if (rows.length >= limit) return { rows, next: last };
    }
    return scanned < maxScanned ? { rows } : { rows, next: last };
  }

  #listRoute(
    route: string,
    { limit, after }: ListOperation,
  ): { rows: MessageRow[]; next?: number } {
    const id = this.#routeId.get(route)?.["id"];
    if (typeof id !== "number") return { rows: [] };
    const rows = (this.#ofRoute.all(id, after, limit) as unknown as Row[]).map((row) =>
      this.#complete(row),
    );
    const last = rows.at(-1);
    return last === undefined || rows.length < limit ? { rows } : { rows, next: last.seq };
  }

  show(seq: number): MessageRow | undefined {
    const row = (this.#live.get(seq) ?? this.#dead.get(seq)) as Row | undefined;
    return row && this.#complete(row);
  }

  /** Throws `DamageFound` if that piece cannot be read. */
  read(seq: number, index: number): Piece {
    const mail = this.#mailOf.get(seq)?.["mail"];
    return typeof mail === "number"
      ? this.#unreadable.guard(mail, () => this.#readOf(mail, index))
      : undefined;
  }

  #readOf(mail: number, index: number): Piece {
    const stored = this.#stored.get(mail) as StoredRow | undefined;
    if (stored === undefined) return undefined;
    const { upload, size, checksum, metadata, body } = stored;
    if (!isIntact(checksum, metadata, body ?? "")) this.#unreadable.fail(mail, changed);
    if (upload === null) return { bytes: body ?? new Uint8Array(), last: true };
    const piece = this.#piece.get(pieceId(upload, index)) as PieceColumns | undefined;
    if (piece === undefined) return this.#unreadable.fail(mail, "a part of its body is missing");
    if (!isIntact(piece.checksum, piece.bytes)) this.#unreadable.fail(mail, changed);
    return { bytes: piece.bytes, last: (index + 1) * pieceBytes >= size };
  }

  /** Lists a message in a damaged page with the values that are stored elsewhere. */
  #complete({ mail, state, ...row }: Row): MessageRow {
    const named = { ...row, state: state === "dead" ? state : stateName(state) };
    try {
      const found = this.#unreadable.guard(mail, () => this.#described.get(mail));
      if (found !== undefined) return { ...named, ...(found as unknown as Described) };
      this.#unreadable.note(mail, missing);
    } catch (error) {
      if (!(error instanceof DamageFound)) throw error;
    }
    const reason = row.reason ?? this.#unreadable.reasonOf(mail) ?? null;
    return { ...named, reason, metadata: unknownMetadata, firstSeenMs: row.dueMs };
  }

  /** Leaves out the age if its page is damaged: it must not hide the counts. */
  #oldestFirstSeen(): unknown {
    try {
      return this.#oldest.get()?.["first_seen"];
    } catch (error) {
      if (damageOf(error) === undefined) throw error;
      return undefined;
    }
  }

  freeBytesInside(): number {
    return Number(this.#freePages.get()?.["freelist_count"]) * pageBytes;
  }

  stats(maxRoutes: number, nowMs: number): QueueStats {
    const { missing: lost, ...totals } = this.#totals.get() as unknown as Omit<
      QueueStats,
      "routes"
    >;
    const oldest = this.#oldestFirstSeen();
    return {
      ...totals,
      ...(lost !== undefined && lost > 0 && { missing: lost }),
      ...(typeof oldest === "number" && { oldestAgeMs: Math.max(0, nowMs - oldest) }),
      diskFreeBytes: diskFreeBytes(this.#file),
      routes: this.#routes.all(maxRoutes) as unknown as readonly RouteStats[],
    };
  }
}

export function diskFreeBytes(file: string): number {
  const { bavail, bsize } = statfsSync(dirname(file));
  return bavail * bsize;
}

const unknownMetadata = JSON.stringify({ envelope: { from: "", recipients: [] }, context: [] });

function matches(row: Row, state: MessageState | undefined, route: string | undefined): boolean {
  const found = row.state === "dead" ? row.state : stateName(row.state);
  return (state === undefined || found === state) && (route === undefined || row.route === route);
}
