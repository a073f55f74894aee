import { closeSync, openSync } from "node:fs";
import process from "node:process";
import type { DatabaseSync } from "node:sqlite";

export interface SqliteOptions {
  /** What cannot work without SQLite, for the error: "the queue". */
  readonly neededBy: string;
  /**
   * - durable: a write-ahead log, so that readers do not wait for a writer, and commits that survive a power cut; a new
   *   file can be read by its owner only
   * - lock: SQLite's own defaults, for a file that serves as a lock
   * - read-only: nothing is written, not even the journal mode
   */
  readonly access: "durable" | "lock" | "read-only";
  /** How long to wait while another process has the file locked. */
  readonly busyTimeoutMs: number;
  /** Pragmas that take effect only before the first table: they are run in an empty file alone. */
  readonly newFilePragmas?: string;
}

/** This Node.js has no `node:sqlite`. The message ends with the remedy, to which a package can add its own. */
export class SqliteMissingError extends Error {
  constructor(neededBy: string) {
    super(
      `${neededBy} needs node:sqlite (Node 22.13 or later); this is Node ${process.versions.node}. Run a newer Node.js`,
    );
    this.name = "SqliteMissingError";
  }
}

/** Throws a `SqliteMissingError` if this Node.js has no `node:sqlite`. */
export function checkSqlite(neededBy: string): void {
  loadSqlite(neededBy);
}

/** Opens a file, and creates it if there is none. Throws a `SqliteMissingError`, or the error of SQLite or of the file system. */
export function openSqlite(path: string, options: SqliteOptions): DatabaseSync {
  const { neededBy, access, busyTimeoutMs, newFilePragmas } = options;
  const { DatabaseSync: Database } = loadSqlite(neededBy);
  if (access === "durable" && path !== ":memory:") createPrivateFile(path);
  const database = new Database(path, { readOnly: access === "read-only" });
  try {
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    if (newFilePragmas !== undefined && isEmpty(database)) database.exec(newFilePragmas);
    if (access === "durable") {
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite gives its own files beside this one the same mode. A file that exists stays as it is. */
function createPrivateFile(path: string): void {
  closeSync(openSync(path, "a", 0o600));
}

function loadSqlite(neededBy: string): typeof import("node:sqlite") {
  const sqlite: typeof import("node:sqlite") | undefined = process.getBuiltinModule("node:sqlite");
  if (sqlite === undefined) throw new SqliteMissingError(neededBy);
  return sqlite;
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("PRAGMA page_count").get()?.["page_count"] === 0;
}
