import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { MessageState } from "../../contract.ts";

export interface Route {
  readonly id: number;
  readonly name: string;
  /** When the first ready or delayed message is due; null if there is none. */
  nextDue: number | null;
  ready: number;
  leased: number;
  delayed: number;
  held: number;
  dead: number;
  /** The size of all messages except dead letters. */
  bytes: number;
}

type RouteRow = Omit<Route, "nextDue"> & { readonly next_due: number | null };

/**
 * The counts of the routes that a transaction touches. Each is read once and written once, however many messages of the
 * route the transaction adds, takes or settles.
 */
export class RouteCounts {
  readonly #byName: StatementSync;
  readonly #byId: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #remove: StatementSync;
  readonly #firstDue: StatementSync;
  readonly #names = new Map<string, Route>();
  readonly #ids = new Map<number, Route>();
  readonly #stale = new Set<Route>();

  constructor(database: DatabaseSync) {
    this.#byName = database.prepare("SELECT * FROM route WHERE name = ?");
    this.#byId = database.prepare("SELECT * FROM route WHERE id = ?");
    this.#insert = database.prepare("INSERT INTO route (name) VALUES (?) RETURNING *");
    this.#update = database.prepare(
      "UPDATE route SET next_due = ?, ready = ?, leased = ?, delayed = ?, held = ?, dead = ?, bytes = ? WHERE id = ?",
    );
    this.#remove = database.prepare("DELETE FROM route WHERE id = ?");
    this.#firstDue = database.prepare(
      "SELECT min(due) AS due FROM schedule WHERE route = ? AND state IN (0, 2)",
    );
  }

  named(name: string): Route {
    return (
      this.#names.get(name) ??
      this.#remember((this.#byName.get(name) ?? this.#insert.get(name)) as unknown as RouteRow)
    );
  }

  byId(id: number): Route {
    return this.#ids.get(id) ?? this.#remember(this.#byId.get(id) as unknown as RouteRow);
  }

  /** Counts a message that enters `state`. */
  enter(route: Route, state: MessageState, sizeBytes: number): void {
    route[state] += 1;
    if (state !== "dead") route.bytes += sizeBytes;
  }

  /** Counts a message that leaves `state`. */
  leave(route: Route, state: MessageState, sizeBytes: number): void {
    route[state] -= 1;
    if (state !== "dead") route.bytes -= sizeBytes;
    // It may have been the first message due.
    if (state === "ready" || state === "delayed") this.#stale.add(route);
  }

  due(route: Route, due: number): void {
    if (route.nextDue === null || due < route.nextDue) route.nextDue = due;
  }

  /** Writes the changes. Call before routes are read, and before the commit. */
  flush(): void {
    for (const route of this.#stale) {
      route.nextDue = (this.#firstDue.get(route.id) as { due: number | null }).due;
    }
    for (const { id, nextDue, ready, leased, delayed, held, dead, bytes } of this.#ids.values()) {
      if (ready + leased + delayed + held + dead === 0) this.#remove.run(id);
      else this.#update.run(nextDue, ready, leased, delayed, held, dead, bytes, id);
    }
    this.forget();
  }

  /** Drops the cached routes: after a rollback, and because other processes change routes between transactions. */
  forget(): void {
    this.#names.clear();
    this.#ids.clear();
    this.#stale.clear();
  }

  #remember({ next_due: nextDue, ...rest }: RouteRow): Route {
    const route: Route = { ...rest, nextDue };
    this.#names.set(route.name, route);
    this.#ids.set(route.id, route);
    return route;
  }
}
