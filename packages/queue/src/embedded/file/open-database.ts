import { randomInt } from "node:crypto";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { migrate, openSqlite, SchemaVersionError } from "@mailseal/sqlite";
import { QueueError } from "../../errors.ts";
import type { StoreOptions } from "../thread/protocol.ts";
import { checkFile } from "./file-check.ts";
import { schema, schemaVersion, upgradeFrom1 } from "./schema.ts";
import { SqliteCode, sqliteCodeOf } from "./sqlite-code.ts";

export const pageBytes: number = 8192;
const walPages = 2000;
const walFileBytes = 64 * 1024 * 1024;
const cacheKibibytes = 16 * 1024;

/**
 * Opens or creates the file. Throws "queue-corrupt" if it is another program's, or so damaged that the queue cannot be
 * trusted. `problems` lists what else is wrong, if the file is to be checked.
 */
export function openDatabase(
  options: StoreOptions,
  { check }: { readonly check: boolean },
): { readonly database: DatabaseSync; readonly problems: readonly string[] } {
  const { file, busyTimeoutMs, maxBytes } = options;
  const database = withSharedRowShapes(
    openSqlite(file, {
      neededBy: "the queue",
      access: "durable",
      busyTimeoutMs,
      // In a file with tables, auto_vacuum would write to the WAL.
      newFilePragmas: `PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL`,
    }),
  );
  try {
    database.exec(`PRAGMA wal_autocheckpoint = ${walPages}`);
    database.exec(`PRAGMA journal_size_limit = ${walFileBytes}`);
    database.exec(`PRAGMA cache_size = -${cacheKibibytes}`);
    if (maxBytes !== undefined) {
      database.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / pageBytes)}`);
    }
    const problems = check ? checkFile(database, options) : [];
    ensureSchema(database, file);
    // From here on the lock is waited for in shorter steps than SQLite's.
    database.exec("PRAGMA busy_timeout = 0");
    return { database, problems };
  } catch (error) {
    database.close();
    throw error;
  }
}

function ensureSchema(database: DatabaseSync, file: string): void {
  try {
    const isChanged = migrate(database, schemaVersion, steps);
    // The tables and the tag are in the file from the start: not even they are lost with the WAL.
    if (isChanged) database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (error) {
    if (!(error instanceof SchemaVersionError)) throw error;
    throw new QueueError(
      "queue-corrupt",
      `${file} is not a queue of this version: ${error.message}; another program made it, or a later version`,
    );
  }
}

const steps = new Map([
  [0, createTables],
  [1, (database: DatabaseSync): void => database.exec(upgradeFrom1)],
]);

function createTables(database: DatabaseSync): void {
  database.exec(schema);
  const tag = randomInt(36 ** 4, 36 ** 5).toString(36);
  database.prepare("INSERT INTO setting VALUES ('tag', ?)").run(tag);
}

/** Begins a transaction that writes; returns whether another process had to be waited for. */
export function beginWriting(database: DatabaseSync, busyTimeoutMs: number): boolean {
  const deadline = performance.now() + busyTimeoutMs;
  for (let waited = false; ; waited = true) {
    try {
      database.exec("BEGIN IMMEDIATE");
      return waited;
    } catch (error) {
      if (sqliteCodeOf(error) !== SqliteCode.busy || performance.now() > deadline) throw error;
      pause(lockPollMs);
    }
  }
}

/** A commit takes some milliseconds; SQLite's own wait grows to a hundred. */
const lockPollMs = 0.3;
const nothing = new Int32Array(new SharedArrayBuffer(4));

export function pause(durationMs: number): void {
  Atomics.wait(nothing, 0, 0, durationMs);
}

type Names = readonly string[];
type Ask<Answer> = (...parameters: readonly SQLInputValue[]) => Answer;

/**
 * Makes the rows of each statement share one shape. Node makes a shape for each row, of 72 octets, which V8 counts as
 * old and frees only after some 20 MB of them: the thread of a queue that handed out 300 rows a second grew by 1.3 MB
 * a minute for a quarter of an hour. Rows as arrays have no shape, and are faster even though an object is then made
 * of each. Before Node 24 rows cannot be arrays, and stay as they are.
 */
export function withSharedRowShapes(database: DatabaseSync): DatabaseSync {
  const prepare = database.prepare.bind(database);
  return Object.assign(database, { prepare: (sql: string) => sharingShape(prepare(sql)) });
}

function sharingShape(statement: StatementSync): StatementSync {
  if (typeof statement.setReturnArrays !== "function") return statement;
  const names = statement.columns().map(({ name }) => name);
  if (names.length === 0) return statement;
  const get = statement.get.bind(statement) as Ask<unknown>;
  const all = statement.all.bind(statement) as Ask<readonly unknown[]>;
  const iterate = statement.iterate.bind(statement) as Ask<Iterable<unknown>>;
  statement.setReturnArrays(true);
  return Object.assign(statement, {
    get: (...parameters: readonly SQLInputValue[]) => {
      const values = get(...parameters);
      return values === undefined ? undefined : rowOf(names, values);
    },
    all: (...parameters: readonly SQLInputValue[]) =>
      all(...parameters).map((values) => rowOf(names, values)),
    iterate: (...parameters: readonly SQLInputValue[]) => rowsOf(names, iterate(...parameters)),
  });
}

function* rowsOf(names: Names, found: Iterable<unknown>): Generator<Record<string, unknown>> {
  for (const values of found) yield rowOf(names, values);
}

/** The names are of the statement, never of a message. */
function rowOf(names: Names, values: unknown): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [index, name] of names.entries()) row[name] = (values as readonly unknown[])[index];
  return row;
}
