import type { DatabaseSync } from "node:sqlite";
import { type FaultReport, migrate, openSqlite, reportFaults } from "@mailseal/sqlite";
import type { Clock } from "./environment.ts";
import { RotationError } from "./errors.ts";
import type { RotationState } from "./steps/rotation-state.ts";
import type { Stage } from "./steps/stage.ts";

/** A step that was taken, or a failure. */
export interface HistoryEntry {
  readonly rotation: number;
  readonly domain: string;
  readonly atMs: number;
  /** The stage in which it happened. */
  readonly stage: Stage;
  readonly event: string;
}

/** The right to work on a domain. Only one call holds it at a time. */
export interface Lease {
  readonly domain: string;
  readonly holder: string;
}

const schemaVersion = 1;
const busyTimeoutMs = 5000;
const tables = `
  CREATE TABLE rotations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    domain TEXT NOT NULL,
    state TEXT NOT NULL
  ) STRICT;
  CREATE INDEX rotations_domain ON rotations (domain);
  CREATE TABLE history (
    entry INTEGER PRIMARY KEY AUTOINCREMENT,
    rotation INTEGER NOT NULL REFERENCES rotations (id),
    at_ms INTEGER NOT NULL,
    stage TEXT NOT NULL,
    event TEXT NOT NULL
  ) STRICT;
  CREATE TABLE leases (
    domain TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL
  ) STRICT`;

/**
 * Every rotation, its history, and the process that holds its lease, in an SQLite file. A change and its history are
 * one transaction, which is durable when the call returns, and refused if another process has the lease.
 *
 * Its methods throw a `RotationError`: "journal" if the file cannot be used, "lease-lost" if the lease is lost.
 *
 * ```ts
 * const journal = new Journal("/var/lib/mailseal/rotation.db");
 * for (const { domain, stage } of journal.rotations()) console.log(domain, stage);
 * journal.close();
 * ```
 */
export class Journal {
  readonly #faults: FaultReport;
  readonly #database: DatabaseSync;

  /** Opens the file, and creates it (mode 0600) if there is none. ":memory:" is for tests. */
  constructor(path: string) {
    this.#faults = {
      file: `the rotation journal ${JSON.stringify(path)}`,
      ownError: RotationError,
      errorOf: (message) => new RotationError("journal", message),
    };
    this.#database = this.#attempt(() => open(path));
  }

  /**
   * Takes or renews the lease. Returns false if another process has it. A lease that ends later than a new one would was
   * taken before the clock was set back, so it counts as expired.
   */
  acquire({ domain, holder }: Lease, nowMs: number, untilMs: number): boolean {
    const taken = this.#attempt(() =>
      this.#database
        .prepare(
          `INSERT INTO leases (domain, holder, until_ms) VALUES (?, ?, ?)
           ON CONFLICT (domain) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
           WHERE leases.holder = excluded.holder OR leases.until_ms <= ? OR leases.until_ms > ?`,
        )
        .run(domain, holder, untilMs, nowMs, untilMs),
    );
    return Number(taken.changes) === 1;
  }

  /** Gives the lease back, so that another process can work on the domain. */
  release({ domain, holder }: Lease): void {
    this.#attempt(() =>
      this.#database
        .prepare("DELETE FROM leases WHERE domain = ? AND holder = ?")
        .run(domain, holder),
    );
  }

  /** Adds a rotation and returns its id. */
  insert(lease: Lease, state: Omit<RotationState, "id">, event: string): RotationState {
    return this.#transaction(lease, () => {
      const { lastInsertRowid } = this.#database
        .prepare("INSERT INTO rotations (domain, state) VALUES (?, '')")
        .run(state.domain);
      const inserted = { ...state, id: Number(lastInsertRowid) };
      this.#write(inserted, state.stage, state.sinceMs, event);
      return inserted;
    });
  }

  /** Records the new state of a rotation, and an entry in its history if there is an `event`. */
  commit(
    lease: Lease,
    state: RotationState,
    entry: Pick<HistoryEntry, "stage" | "atMs"> & { readonly event?: string },
  ): void {
    this.#transaction(lease, () => this.#write(state, entry.stage, entry.atMs, entry.event));
  }

  /** In the order in which they were started. */
  rotations(domain?: string): readonly RotationState[] {
    const rows = this.#attempt(() =>
      this.#database
        .prepare("SELECT state FROM rotations WHERE domain = coalesce(?, domain) ORDER BY id")
        .all(domain ?? null),
    );
    return rows.map((row) => stateOf(String(row["state"])));
  }

  /** Oldest first. */
  history(domain?: string): readonly HistoryEntry[] {
    const rows = this.#attempt(() =>
      this.#database
        .prepare(
          `SELECT rotation, domain, at_ms, stage, event FROM history
           JOIN rotations ON rotations.id = rotation
           WHERE domain = coalesce(?, domain) ORDER BY entry`,
        )
        .all(domain ?? null),
    );
    return rows.map((row) => ({
      rotation: Number(row["rotation"]),
      domain: String(row["domain"]),
      atMs: Number(row["at_ms"]),
      stage: String(row["stage"]) as Stage,
      event: String(row["event"]),
    }));
  }

  /** May be called more than once. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #write(state: RotationState, stage: Stage, atMs: number, event: string | undefined): void {
    this.#database
      .prepare("UPDATE rotations SET state = ? WHERE id = ?")
      .run(JSON.stringify(state), state.id);
    if (event === undefined) return;
    this.#database
      .prepare("INSERT INTO history (rotation, at_ms, stage, event) VALUES (?, ?, ?, ?)")
      .run(state.id, atMs, stage, event);
  }

  #transaction<Value>({ domain, holder }: Lease, action: () => Value): Value {
    return this.#attempt(() => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const row = this.#database
          .prepare("SELECT holder FROM leases WHERE domain = ?")
          .get(domain);
        if (row?.["holder"] !== holder) {
          throw new RotationError(
            "lease-lost",
            `another process has taken over ${domain}, so this one stops; try again in a minute`,
          );
        }
        const value = action();
        this.#database.exec("COMMIT");
        return value;
      } catch (error) {
        this.#rollBack();
        throw error;
      }
    });
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // SQLite has already rolled back, as it does when the disk is full.
    }
  }

  #attempt<Value>(action: () => Value): Value {
    return reportFaults(this.#faults, action);
  }
}

/** @throws RotationError "bad-state". */
function stateOf(text: string): RotationState {
  try {
    return JSON.parse(text) as RotationState;
  } catch {
    throw new RotationError(
      "bad-state",
      "the rotation journal is damaged: the state of a rotation is not valid JSON; restore the file from a backup",
    );
  }
}

function open(path: string): DatabaseSync {
  const database = openSqlite(path, {
    neededBy: "the rotation journal",
    access: "durable",
    busyTimeoutMs,
  });
  try {
    database.exec("PRAGMA foreign_keys = ON");
    migrate(database, schemaVersion, new Map([[0, (it) => it.exec(tables)]]));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The time after a crash until another process can take the lease. A lease is renewed three times in that period. */
export const leaseMs = 60_000;

export type Leased<Value> =
  | { readonly taken: "yes"; readonly value: Value }
  | { readonly taken: "no" };

/** Runs `action` while holding the lease of the domain; does not run it if another process holds the lease. */
export async function withLease<Value>(
  journal: Journal,
  lease: Lease,
  clock: Clock,
  action: () => Promise<Value>,
): Promise<Leased<Value>> {
  const take = (): boolean => {
    const nowMs = clock.nowMs();
    return journal.acquire(lease, nowMs, nowMs + leaseMs);
  };
  if (!take()) return { taken: "no" };
  const renewal = setInterval(() => {
    try {
      take();
    } catch {
      // The next commit fails for the same reason, and reports it.
    }
  }, leaseMs / 3);
  renewal.unref();
  try {
    return { taken: "yes", value: await action() };
  } finally {
    clearInterval(renewal);
    journal.release(lease);
  }
}
