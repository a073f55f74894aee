import { randomInt } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { QueueError } from "../../errors.ts";
import type { StoreOptions } from "../thread/protocol.ts";
import { checkFile } from "./file-check.ts";
import { QueueDatabase } from "./row-shapes.ts";
import { SqliteCode, sqliteCodeOf } from "./sqlite-code.ts";

const schemaVersion = 2;
export const pageBytes: number = 8192;
const walPages = 2000;
const walFileBytes = 64 * 1024 * 1024;
const cacheKibibytes = 16 * 1024;

/** See `ResendTable`. */
const receiptTable = `CREATE TABLE receipt (
    key BLOB PRIMARY KEY, id TEXT NOT NULL, owner INTEGER NOT NULL, until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;`;

const sinceVersion2 = `${receiptTable}
  CREATE TABLE shared (mail INTEGER PRIMARY KEY, live INTEGER NOT NULL, dead INTEGER NOT NULL) STRICT;
  CREATE TABLE ledger (
    next_seq INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    commits INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE loss (at INTEGER NOT NULL, commits INTEGER NOT NULL, messages INTEGER NOT NULL, text TEXT NOT NULL) STRICT;`;

/**
 * `message` is written once and deleted once; what changes is in `schedule`, whose rows are short: one for
 * each destination. A message for several has a row in `shared` too, which counts them, and its rows in
 * `schedule` and `dead` name it in `mail`, where others have null: their `message` has their own number. The
 * dead are apart, so that the oldest of the others is the first row of `schedule`. `route` counts, so
 * that nobody has to, and knows when its next message is due, so that a take looks at no message of a
 * route that it will not take from. `ledger` is one row: the next number, how many messages there are, the
 * bytes of all bodies, and how many transactions have been committed. `loss` is what went missing from the file.
 *
 * `message.route` is empty if there are several destinations.
 */
const schema = `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
  CREATE TABLE message (
    seq INTEGER PRIMARY KEY,
    route TEXT NOT NULL,
    size INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    upload INTEGER,
    checksum INTEGER,
    metadata TEXT NOT NULL,
    body BLOB
  ) STRICT;
  CREATE TABLE schedule (
    seq INTEGER PRIMARY KEY,
    route INTEGER NOT NULL,
    state INTEGER NOT NULL,
    due INTEGER NOT NULL,
    lease INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL,
    reason TEXT,
    recipients TEXT,
    mail INTEGER
  ) STRICT;
  CREATE INDEX takeable ON schedule (route, due) WHERE state IN (0, 2);
  CREATE INDEX leased ON schedule (due) WHERE state = 1;
  CREATE INDEX held ON schedule (seq) WHERE state = 3;
  CREATE TABLE dead (
    seq INTEGER PRIMARY KEY,
    route INTEGER NOT NULL,
    due INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    size INTEGER NOT NULL,
    reason TEXT,
    recipients TEXT,
    mail INTEGER
  ) STRICT;
  CREATE TABLE route (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    next_due INTEGER,
    ready INTEGER NOT NULL DEFAULT 0,
    leased INTEGER NOT NULL DEFAULT 0,
    delayed INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX next_route ON route (next_due) WHERE next_due IS NOT NULL;
  CREATE TABLE upload (id INTEGER PRIMARY KEY AUTOINCREMENT, touched INTEGER NOT NULL) STRICT;
  CREATE TABLE piece (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, checksum INTEGER) STRICT;
  CREATE TABLE seen_0 (key BLOB PRIMARY KEY, seq INTEGER NOT NULL, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE seen_1 (key BLOB PRIMARY KEY, seq INTEGER NOT NULL, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  ${sinceVersion2}
  INSERT INTO setting VALUES ('current_seen', 0), ('seen_since', 0);
  INSERT INTO ledger VALUES (1, 0, 0, 0);
`;

/** Moves no body: a file of any size is upgraded at once. */
const upgradeFrom1 = `
  ALTER TABLE message ADD COLUMN checksum INTEGER;
  ALTER TABLE piece ADD COLUMN checksum INTEGER;
  ALTER TABLE schedule ADD COLUMN mail INTEGER;
  ALTER TABLE dead ADD COLUMN mail INTEGER;
  ALTER TABLE seen_0 ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE seen_1 ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
  ${sinceVersion2}
  INSERT INTO ledger VALUES (
    (SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'message'),
    (SELECT coalesce(sum(ready + leased + delayed + held + dead), 0) FROM route),
    (SELECT coalesce(sum(bytes), 0) FROM route),
    0
  );
`;

/**
 * Opens or creates the file. Throws "queue-corrupt" for a foreign one, or one so damaged that the queue cannot be
 * trusted; `problems` are what is wrong otherwise, if it is to be checked.
 */
export function openDatabase(
  options: StoreOptions,
  { check }: { readonly check: boolean },
): { readonly database: DatabaseSync; readonly problems: readonly string[] } {
  const database = new QueueDatabase(options.file);
  try {
    database.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs}`);
    if (isNew(database)) {
      // Both have to come before the first table. In another file the second would write to the WAL.
      database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL`);
    }
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    database.exec(`PRAGMA wal_autocheckpoint = ${walPages}`);
    database.exec(`PRAGMA journal_size_limit = ${walFileBytes}`);
    database.exec(`PRAGMA cache_size = -${cacheKibibytes}`);
    if (options.maxBytes !== undefined) {
      database.exec(`PRAGMA max_page_count = ${Math.ceil(options.maxBytes / pageBytes)}`);
    }
    const problems = check ? checkFile(database, options) : [];
    migrate(database, options.file);
    // From here on the lock is waited for in shorter steps than SQLite's.
    database.exec("PRAGMA busy_timeout = 0");
    return { database, problems };
  } catch (error) {
    database.close();
    throw error;
  }
}

function isNew(database: DatabaseSync): boolean {
  return database.prepare("PRAGMA page_count").get()?.["page_count"] === 0;
}

function migrate(database: DatabaseSync, file: string): void {
  const versionOf = (): unknown => database.prepare("PRAGMA user_version").get()?.["user_version"];
  if (versionOf() === schemaVersion) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have been first.
    if (versionOf() === 0) {
      database.exec(schema);
      const tag = randomInt(36 ** 4, 36 ** 5).toString(36);
      database.prepare("INSERT INTO setting VALUES ('tag', ?)").run(tag);
      database.exec(`PRAGMA user_version = ${schemaVersion}`);
    } else if (versionOf() === 1) {
      database.exec(upgradeFrom1);
      database.exec(`PRAGMA user_version = ${schemaVersion}`);
    }
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
  // The tables and the tag are in the file from the start: not even they are lost with the WAL.
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  if (versionOf() !== schemaVersion) {
    throw new QueueError(
      "queue-corrupt",
      `expected ${file} to have schema ${schemaVersion}, got ${String(versionOf())}; it is another program's, or a later version's`,
    );
  }
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
