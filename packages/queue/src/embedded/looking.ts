import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { MessageState, QueueStats, RouteStats } from "../contract.ts";
import { pageBytes } from "./database.ts";
import { type StoredState, stateName } from "./message-state.ts";
import { pieceId } from "./piece-id.ts";
import { type ListOperation, type MessageRow, type Piece, pieceBytes } from "./protocol.ts";

/** Rows that one page of a list looks at: a filter that matches little must not stop the thread. */
const maxScanned = 5000;

const columns = `s.seq, s.due AS dueMs, s.attempt, s.reason, s.recipients, r.name AS route, m.metadata,
  m.size AS sizeBytes, m.first_seen AS firstSeenMs`;
const joined = `s CROSS JOIN message m ON m.seq = coalesce(s.mail, s.seq)
  CROSS JOIN route r ON r.id = s.route`;

type Row = Omit<MessageRow, "state"> & { readonly state: StoredState | "dead" };

/** What reads and changes nothing: lists, bodies, counts. */
export class Looking {
  readonly #file: string;
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

  constructor(database: DatabaseSync, file: string) {
    this.#file = file;
    const live = `SELECT ${columns}, s.state FROM schedule ${joined}`;
    const dead = `SELECT ${columns}, 'dead' AS state FROM dead ${joined}`;
    const page = `s.seq > ? ORDER BY s.seq LIMIT ${maxScanned}`;
    this.#scan = database.prepare(`${live} WHERE ${page}`);
    this.#scanHeld = database.prepare(`${live} WHERE s.state = 3 AND ${page}`);
    this.#scanDead = database.prepare(`${dead} WHERE ${page}`);
    // Each part has an index: other routes, of any length, are not looked at.
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
      `SELECT upload, size, body FROM message WHERE seq = coalesce(
         (SELECT coalesce(mail, seq) FROM schedule WHERE seq = ?1),
         (SELECT coalesce(mail, seq) FROM dead WHERE seq = ?1)
       )`,
    );
    this.#piece = database.prepare("SELECT bytes FROM piece WHERE id = ?");
    this.#totals = database.prepare(
      `SELECT coalesce(sum(ready + leased + delayed + held), 0) AS depth, (SELECT bytes FROM ledger) AS bytes,
         coalesce(sum(leased), 0) AS leased, coalesce(sum(delayed), 0) AS delayed,
         coalesce(sum(held), 0) AS held, coalesce(sum(dead), 0) AS dead FROM route`,
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
      const row = named(found as Row);
      scanned += 1;
      last = row.seq;
      if (matches(row, state, route)) rows.push(row);
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
    const rows = (this.#ofRoute.all(id, after, limit) as unknown as Row[]).map(named);
    const last = rows.at(-1);
    return last === undefined || rows.length < limit ? { rows } : { rows, next: last.seq };
  }

  show(seq: number): MessageRow | undefined {
    const row = (this.#live.get(seq) ?? this.#dead.get(seq)) as Row | undefined;
    return row && named(row);
  }

  read(seq: number, index: number): Piece {
    const stored = this.#stored.get(seq) as
      | { readonly upload: number | null; readonly size: number; readonly body: Uint8Array | null }
      | undefined;
    if (stored === undefined) return undefined;
    const { upload, size, body } = stored;
    if (upload === null) return { bytes: body ?? new Uint8Array(), last: true };
    const row = this.#piece.get(pieceId(upload, index));
    return row && { bytes: row["bytes"] as Uint8Array, last: (index + 1) * pieceBytes >= size };
  }

  freeBytesInside(): number {
    return Number(this.#freePages.get()?.["freelist_count"]) * pageBytes;
  }

  stats(maxRoutes: number, nowMs: number): QueueStats {
    const totals = this.#totals.get() as unknown as Omit<QueueStats, "routes">;
    const oldest = this.#oldest.get()?.["first_seen"];
    return {
      ...totals,
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

function named({ state, ...row }: Row): MessageRow {
  return { ...row, state: state === "dead" ? state : stateName(state) };
}

function matches(
  row: MessageRow,
  state: MessageState | undefined,
  route: string | undefined,
): boolean {
  return (
    (state === undefined || row.state === state) && (route === undefined || row.route === route)
  );
}
