import type { DatabaseSync } from "node:sqlite";

/** A file has a version that nothing here can read: another program made it, or a later version of this one. */
export class SchemaVersionError extends Error {
  constructor(found: number, known: number) {
    super(`its schema version is ${found}, and this program knows ${known}`);
    this.name = "SchemaVersionError";
  }
}

/**
 * Brings a file's schema to `version`, which SQLite keeps in `user_version`: `steps` has the change from each older
 * version, and from 0, the empty file. Returns whether it changed anything. Of several processes that open a new
 * file at once, one makes the change and the others wait for it.
 *
 * Throws a `SchemaVersionError` if no step starts from the version found.
 */
export function migrate(
  database: DatabaseSync,
  version: number,
  steps: ReadonlyMap<number, (database: DatabaseSync) => void>,
): boolean {
  if (versionOf(database) === version) return false;
  database.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have been first.
    const found = versionOf(database);
    if (found !== version) {
      const step = steps.get(found);
      if (step === undefined) throw new SchemaVersionError(found, version);
      step(database);
      database.exec(`PRAGMA user_version = ${version}`);
    }
    database.exec("COMMIT");
    return true;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}
