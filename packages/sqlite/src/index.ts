/**
 * Opens SQLite files with `node:sqlite`, which is loaded only then: it prints a warning in some versions of Node.js
 * and is missing in others.
 *
 * ```ts
 * const database = openSqlite("/var/lib/mailseal/keys.db", {
 *   neededBy: "the key database", access: "durable", busyTimeoutMs: 2000,
 * });
 * migrate(database, 1, new Map([[0, (it) => it.exec("CREATE TABLE signing_keys (domain TEXT) STRICT")]]));
 * ```
 *
 * Private: bundled into the packages that keep a file, so that their users install nothing more.
 */
export { migrate, SchemaVersionError } from "./migrate.ts";
export { checkSqlite, openSqlite, type SqliteOptions, SqliteMissingError } from "./open-sqlite.ts";
export { type FaultReport, reportFaults } from "./report-faults.ts";
