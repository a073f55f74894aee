import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { MessageState } from "../../contract.ts";
import type { Operations, RetryOperation } from "../thread/protocol.ts";
import type { Bodies } from "./bodies.ts";
import { State, type StoredState, stateName } from "./message-state.ts";
import type { RouteCounts } from "./route-counts.ts";

interface Placed {
  readonly route: number;
  readonly size: number;
  readonly mail: number | null;
  readonly state: MessageState;
}

/** Changes the state of one message, for its lease or for an operator. Each method returns false if there is nothing to change. */
export class Settler {
  readonly #routes: RouteCounts;
  readonly #bodies: Bodies;
  readonly #find: StatementSync;
  readonly #findDead: StatementSync;
  readonly #findLeased: StatementSync;
  readonly #put: StatementSync;
  readonly #recordRetry: StatementSync;
  readonly #extend: StatementSync;
  readonly #handBack: StatementSync;
  readonly #insertDead: StatementSync;
  readonly #insertReady: StatementSync;
  readonly #removeSchedule: StatementSync;
  readonly #removeDead: StatementSync;

  constructor(database: DatabaseSync, routes: RouteCounts, bodies: Bodies) {
    this.#routes = routes;
    this.#bodies = bodies;
    this.#find = database.prepare("SELECT route, size, mail, state FROM schedule WHERE seq = ?");
    this.#findDead = database.prepare("SELECT route, size, mail FROM dead WHERE seq = ?");
    this.#findLeased = database.prepare(
      "SELECT route, size, mail FROM schedule WHERE seq = ? AND lease = ? AND state = 1",
    );
    this.#put = database.prepare("UPDATE schedule SET state = ?, due = ?, lease = 0 WHERE seq = ?");
    this.#recordRetry = database.prepare(
      "UPDATE schedule SET reason = ?, recipients = coalesce(?, recipients) WHERE seq = ?",
    );
    this.#extend = database.prepare(
      "UPDATE schedule SET due = ? WHERE seq = ? AND lease = ? AND state = 1",
    );
    this.#handBack = database.prepare("UPDATE schedule SET attempt = attempt - 1 WHERE seq = ?");
    this.#insertDead = database.prepare(
      `INSERT INTO dead (seq, route, due, attempt, size, reason, recipients, mail)
       SELECT seq, route, ?, attempt, size, ?, coalesce(?, recipients), mail
       FROM schedule WHERE seq = ?`,
    );
    this.#insertReady = database.prepare(
      `INSERT INTO schedule (seq, route, state, due, attempt, size, reason, recipients, mail)
       SELECT seq, route, 0, ?, attempt, size, reason, recipients, mail FROM dead WHERE seq = ?`,
    );
    this.#removeSchedule = database.prepare("DELETE FROM schedule WHERE seq = ?");
    this.#removeDead = database.prepare("DELETE FROM dead WHERE seq = ?");
  }

  done({ seq, lease }: Operations["done"][0]): boolean {
    const leased = this.#leased(seq, lease);
    return leased !== undefined && this.#remove(seq, leased);
  }

  retry({ seq, lease, afterMs, reason, recipients }: RetryOperation, nowMs: number): boolean {
    const leased = this.#leased(seq, lease);
    if (leased === undefined) return false;
    this.#recordRetry.run(reason, recipients, seq);
    return this.#move(seq, leased, "delayed", nowMs + afterMs);
  }

  dead({ seq, lease, reason, recipients }: Operations["dead"][0], nowMs: number): boolean {
    const leased = this.#leased(seq, lease);
    if (leased === undefined) return false;
    this.#toDead(seq, leased, { reason, recipients, nowMs });
    return true;
  }

  /** Makes a live message a dead letter, even if it is leased. */
  setAside(seq: number, reason: string, nowMs: number): void {
    const placed = this.#placed(seq);
    if (placed === undefined || placed.state === "dead") return;
    this.#toDead(seq, placed, { reason, recipients: null, nowMs });
  }

  extend({ seq, lease, durationMs }: Operations["extend"][0], nowMs: number): boolean {
    return this.#extend.run(nowMs + durationMs, seq, lease).changes !== 0;
  }

  handBack({ seq, lease }: Operations["hand-back"][0], nowMs: number): boolean {
    const leased = this.#leased(seq, lease);
    if (leased === undefined) return false;
    this.#handBack.run(seq);
    return this.#move(seq, leased, "ready", nowMs);
  }

  retryNow(seq: number, nowMs: number): boolean {
    const placed = this.#placed(seq);
    if (placed?.state === "delayed") return this.#move(seq, placed, "ready", nowMs);
    if (placed?.state !== "dead") return false;
    this.#insertReady.run(nowMs, seq);
    this.#removeDead.run(seq);
    this.#bodies.becameLive({ seq, ...placed });
    this.#count(placed, "ready");
    this.#routes.due(this.#routes.byId(placed.route), nowMs);
    return true;
  }

  drop(seq: number): boolean {
    const placed = this.#placed(seq);
    return placed !== undefined && this.#remove(seq, placed);
  }

  hold(seq: number, nowMs: number): boolean {
    const placed = this.#placed(seq);
    if (placed === undefined || placed.state === "held" || placed.state === "dead") return false;
    return this.#move(seq, placed, "held", nowMs);
  }

  release(seq: number, nowMs: number): boolean {
    const placed = this.#placed(seq);
    return placed?.state === "held" && this.#move(seq, placed, "ready", nowMs);
  }

  #leased(seq: number, lease: number): Placed | undefined {
    const row = this.#findLeased.get(seq, lease) as Omit<Placed, "state"> | undefined;
    return row && { ...row, state: "leased" };
  }

  #placed(seq: number): Placed | undefined {
    const row = this.#find.get(seq) as (Omit<Placed, "state"> & { state: StoredState }) | undefined;
    if (row !== undefined) return { ...row, state: stateName(row.state) };
    const dead = this.#findDead.get(seq) as Omit<Placed, "state"> | undefined;
    return dead && { ...dead, state: "dead" };
  }

  #move(seq: number, from: Placed, to: "ready" | "delayed" | "held", due: number): true {
    this.#put.run(State[to], due, seq);
    this.#count(from, to);
    if (to !== "held") this.#routes.due(this.#routes.byId(from.route), due);
    return true;
  }

  #toDead(
    seq: number,
    from: Placed,
    {
      reason,
      recipients,
      nowMs,
    }: { readonly reason: string; readonly recipients: string | null; readonly nowMs: number },
  ): void {
    this.#insertDead.run(nowMs, reason, recipients, seq);
    this.#removeSchedule.run(seq);
    this.#bodies.becameDead({ seq, mail: from.mail, size: from.size });
    this.#count(from, "dead");
  }

  #count({ route: id, size, state }: Placed, to: MessageState): void {
    const route = this.#routes.byId(id);
    this.#routes.leave(route, state, size);
    this.#routes.enter(route, to, size);
  }

  #remove(seq: number, { route, size, mail, state }: Placed): true {
    (state === "dead" ? this.#removeDead : this.#removeSchedule).run(seq);
    this.#bodies.removed({ seq, mail, size }, state === "dead" ? "dead" : "live");
    this.#routes.leave(this.#routes.byId(route), state, size);
    return true;
  }
}
