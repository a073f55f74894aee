/** The tables of a queue file. `user_version` is the version of this schema. */
export const schemaVersion = 2;

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
 * - `message` is written once and deleted once. `message.route` is empty if there are several destinations.
 * - `schedule` has everything that changes, in short rows: one for each destination.
 * - `shared` counts the destinations of a message that has several. The rows of such a message in `schedule` and `dead`
 *   name it in `mail`; in other rows `mail` is null, because the row and its `message` have the same number.
 * - `dead` holds the dead letters apart, so that the first row of `schedule` is the oldest other message.
 * - `route` keeps the counts of each route, and when its next message is due, so that a take reads no message of a
 *   route from which it takes nothing.
 * - `ledger` is one row: the next number, the number of messages, the bytes of all bodies, and the number of commits.
 * - `loss` records mail that is missing from the file.
 */
export const schema: string = `
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

/** The columns of a row of `schedule` or `dead` that do not depend on its state. */
export interface QueuedColumns {
  readonly seq: number;
  /** The id of the route. */
  readonly route: number;
  readonly due: number;
  readonly attempt: number;
  readonly size: number;
  readonly reason: string | null;
  readonly recipients: string | null;
  /** The number of the message that it shares with other destinations; null if the message is its own. */
  readonly mail: number | null;
}

/** The columns of a row of `message`. */
export interface MessageColumns {
  /** The name of the route; empty if there are several destinations. */
  readonly route: string;
  readonly size: number;
  readonly firstSeen: number;
  /** The upload that has the pieces of the body; null if the body is in the row. */
  readonly upload: number | null;
  /** Null in a row that an earlier version wrote. */
  readonly checksum: number | null;
  readonly metadata: string;
  readonly body: Uint8Array | null;
}

/** The columns of a row of `piece`. */
export interface PieceColumns {
  readonly bytes: Uint8Array;
  readonly checksum: number | null;
}

/** Moves no body, so that a file of any size is upgraded at once. */
export const upgradeFrom1: string = `
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
