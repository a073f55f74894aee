import type { DatabaseSync } from "node:sqlite";

/** The file's schema version is unknown: another program created it, or a later version of this one. */
export class SchemaVersionError extends Error {
  constructor(found: number, known: number) {
    super(`its schema version is ${found}, and this program knows ${known}`);
    this.name = "SchemaVersionError";
  }
}

/**
 * Upgrades a file's schema to `version`, which SQLite keeps in `user_version`. `steps` has one upgrade for each older
 * version, and one for version 0, the empty file. Returns whether it changed anything. If several processes open a new
 * file at the same time, one of them upgrades it and the others wait.
 *
 * Throws a `SchemaVersionError` if there is no step for the version of the file.
 */
export function migrate(
  database: DatabaseSync,
  version: number,
  steps: ReadonlyMap<number, (database: DatabaseSync) => void>,
): boolean {
  if (versionOf(database) === version) return false;
  database.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have upgraded it while this one waited for the lock.
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
