import { randomInt } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isExcluded } from "../../excluded-routes.ts";
import { isIntact } from "../file/checksum.ts";
import type { MessageColumns, QueuedColumns } from "../file/schema.ts";
import { changed, missing, type Unreadable } from "../file/unreadable.ts";
import type { Taken, TakenRow, TakeOperation } from "../thread/protocol.ts";
import { type StoredState, stateName } from "./message-state.ts";
import type { RouteCounts } from "./route-counts.ts";
import type { Settler } from "./settle.ts";

interface DueRoute {
  readonly id: number;
  readonly name: string;
  readonly next_due: number;
}

interface ScheduleRow extends QueuedColumns {
  readonly state: StoredState;
}

type BodyRow = Omit<MessageColumns, "route" | "size">;

/** The maximum number of expired leases that one transaction returns to the queue. */
const maxExpired = 1000;

/**
 * Claims messages. It chooses the routes first, the longest due first, then messages within them: the cost of a take
 * depends on the batch and the number of excluded routes, never on the number of queued messages.
 */
export class Claimer {
  readonly #routes: RouteCounts;
  readonly #settler: Settler;
  readonly #unreadable: Unreadable;
  readonly #dueRoutes: StatementSync;
  readonly #laterRoutes: StatementSync;
  readonly #nextExpiry: StatementSync;
  readonly #expired: StatementSync;
  readonly #makeReady: StatementSync;
  readonly #dueMessages: StatementSync;
  readonly #lease: StatementSync;
  readonly #body: StatementSync;

  constructor(
    database: DatabaseSync,
    routes: RouteCounts,
    settler: Settler,
    unreadable: Unreadable,
  ) {
    this.#routes = routes;
    this.#settler = settler;
    this.#unreadable = unreadable;
    const select = "SELECT id, name, next_due FROM route WHERE next_due IS NOT NULL AND next_due";
    this.#dueRoutes = database.prepare(`${select} <= ? ORDER BY next_due`);
    this.#laterRoutes = database.prepare(`${select} > ? ORDER BY next_due`);
    this.#nextExpiry = database.prepare("SELECT min(due) AS due FROM schedule WHERE state = 1");
    this.#expired = database.prepare(
      `SELECT seq, route, size FROM schedule WHERE state = 1 AND due <= ? ORDER BY due LIMIT ${maxExpired}`,
    );
    this.#makeReady = database.prepare(
      "UPDATE schedule SET state = 0, due = ?, lease = 0 WHERE seq = ?",
    );
    this.#dueMessages = database.prepare(
      "SELECT * FROM schedule WHERE state IN (0, 2) AND route = ? AND due <= ? ORDER BY due, seq LIMIT ?",
    );
    this.#lease = database.prepare(
      "UPDATE schedule SET state = 1, due = ?, lease = ?, attempt = ? WHERE seq = ?",
    );
    this.#body = database.prepare(
      "SELECT upload, checksum, metadata, first_seen AS firstSeen, body FROM message WHERE seq = ?",
    );
  }

  /** Returns the empty result if `take` would find nothing, otherwise undefined. Only reads. */
  foresee(operation: TakeOperation, nowMs: number): Taken | undefined {
    const expiry = (this.#nextExpiry.get() as { due: number | null }).due;
    if (expiry !== null && expiry <= nowMs) return undefined;
    if (this.#nextRoutes(this.#dueRoutes, nowMs, operation, 1).length > 0) return undefined;
    const later = this.#nextRoutes(this.#laterRoutes, nowMs, operation, 1)[0]?.next_due;
    const next = Math.min(expiry ?? Infinity, later ?? Infinity);
    return { lease: 0, rows: [], nextMs: next === Infinity ? undefined : next };
  }

  take(operation: TakeOperation, nowMs: number): Taken {
    this.#bringBackExpired(nowMs);
    this.#routes.flush();
    const { batch, maxPerRoute, maxBytes, leaseMs } = operation;
    const routes = this.#nextRoutes(this.#dueRoutes, nowMs, operation, batch);
    // Every route gets its share before any route gets more.
    const share = Math.min(maxPerRoute, Math.ceil(batch / Math.max(1, routes.length)));
    const lease = randomInt(1, 2 ** 48 - 1);
    const rows: TakenRow[] = [];
    const taken = new Map<number, number>();
    let room = maxBytes;
    for (const limit of [share, maxPerRoute]) {
      for (const route of routes) {
        const before = taken.get(route.id) ?? 0;
        const wanted = Math.min(limit - before, batch - rows.length);
        if (wanted <= 0 || room <= 0) continue;
        const due = this.#dueMessages.all(route.id, nowMs, wanted) as unknown as ScheduleRow[];
        for (const row of due) {
          if (room <= 0) break;
          const stored = this.#stored(row, nowMs);
          if (stored === undefined) continue;
          rows.push(this.#leaseRow(row, stored, route.name, lease, nowMs + leaseMs));
          taken.set(route.id, (taken.get(route.id) ?? 0) + 1);
          room -= row.size;
        }
      }
    }
    return { lease, rows, nextMs: undefined };
  }

  /** Undefined if the message cannot be read; it is then a dead letter. */
  #stored({ seq, mail: shared }: ScheduleRow, nowMs: number): BodyRow | undefined {
    const mail = shared ?? seq;
    if (this.#unreadable.reasonOf(mail) === undefined) {
      const row = this.#unreadable.guard(mail, () => this.#body.get(mail)) as BodyRow | undefined;
      if (row !== undefined && isIntact(row.checksum, row.metadata, row.body ?? "")) return row;
      this.#unreadable.note(mail, row === undefined ? missing : changed);
    }
    this.#settler.setAside(seq, this.#unreadable.reasonOf(mail) ?? "", nowMs);
    return undefined;
  }

  #leaseRow(
    row: ScheduleRow,
    { upload, metadata, firstSeen, body }: BodyRow,
    route: string,
    lease: number,
    dueMs: number,
  ): TakenRow {
    const { seq, size } = row;
    const attempt = row.attempt + 1;
    this.#lease.run(dueMs, lease, attempt, seq);
    this.#move(row, stateName(row.state), "leased");
    return {
      seq,
      state: "leased",
      route,
      dueMs,
      attempt,
      reason: row.reason,
      recipients: row.recipients,
      metadata,
      sizeBytes: size,
      firstSeenMs: firstSeen,
      bytes: upload === null ? (body ?? new Uint8Array()) : undefined,
    };
  }

  #bringBackExpired(nowMs: number): void {
    for (const row of this.#expired.all(nowMs) as unknown as ScheduleRow[]) {
      this.#makeReady.run(nowMs, row.seq);
      this.#move(row, "leased", "ready");
      this.#routes.due(this.#routes.byId(row.route), nowMs);
    }
  }

  #move(
    { route: id, size }: Pick<ScheduleRow, "route" | "size">,
    from: "ready" | "leased" | "delayed" | "held",
    to: "leased" | "ready",
  ): void {
    const route = this.#routes.byId(id);
    this.#routes.leave(route, from, size);
    this.#routes.enter(route, to, size);
  }

  #nextRoutes(
    statement: StatementSync,
    nowMs: number,
    operation: TakeOperation,
    limit: number,
  ): readonly DueRoute[] {
    const found: DueRoute[] = [];
    for (const row of statement.iterate(nowMs) as IterableIterator<unknown>) {
      const route = row as DueRoute;
      if (isExcluded(route.name, operation)) continue;
      found.push(route);
      if (found.length >= limit) break;
    }
    return found;
  }
}
