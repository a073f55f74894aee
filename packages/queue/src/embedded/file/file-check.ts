import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { QueueError } from "../../errors.ts";
import type { StoreOptions } from "../thread/protocol.ts";
import { damageOf } from "./unreadable.ts";

/** The tables that takes and counts depend on; they are short in a file of any length. */
const shortTables = ["route", "upload", "setting", "ledger"];
/** The tables other than those of bodies: an unreadable body concerns only its own message. */
const neededTables = [...shortTables, "schedule", "dead", "shared", "loss", "seen_0", "seen_1"];
/** Findings outside any table: SQLite could allocate the same space twice. */
const ofSpace = /free-?list|ptr ?map|2nd reference|never used/i;
const maxFindings = 100;

/**
 * Checks a short file whole; of a longer one only the tables that takes and counts depend on, because the check reads
 * everything that it checks, and a restart must not wait for gigabytes of bodies. Throws "queue-corrupt" if the queue
 * cannot be trusted; otherwise returns its problems, one line each.
 */
export function checkFile(
  database: DatabaseSync,
  { file, fullCheckBytes }: Pick<StoreOptions, "file" | "fullCheckBytes">,
): readonly string[] {
  const names = new Set(
    database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map(({ name }) => String(name)),
  );
  if (names.size === 0) return [];
  const refuseUnsound = (tables: readonly string[]): void => {
    for (const table of tables.filter((name) => names.has(name))) {
      const [found] = quickCheck(database, table);
      if (found !== undefined) throw unsound(file, found);
    }
  };
  if (statSync(file).size > fullCheckBytes) {
    refuseUnsound(shortTables);
    return [];
  }
  const findings = quickCheck(database, String(maxFindings));
  if (findings.length === 0) return [];
  refuseUnsound(neededTables);
  const found = findings.find((finding) => ofSpace.test(finding));
  if (found !== undefined) throw unsound(file, found);
  return [
    `bodies of messages in ${file} cannot be read (${findings[0]}). Each becomes a dead letter when it is read. Run mailseal queue check for details`,
  ];
}

/** The problems that SQLite finds; empty if the file is sound. */
export function quickCheck(database: DatabaseSync, target: string): readonly string[] {
  try {
    const rows = database.prepare(`PRAGMA quick_check(${target})`).all();
    return rows.map((row) => String(row["quick_check"])).filter((found) => found !== "ok");
  } catch (error) {
    const damage = damageOf(error);
    if (damage === undefined) throw error;
    return [damage];
  }
}

function unsound(file: string, found: string): QueueError {
  return new QueueError(
    "queue-corrupt",
    `the queue file ${file} is damaged: ${found}. Stop relays and workers, and save what can be read with mailseal queue recover`,
  );
}
