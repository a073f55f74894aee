import { copyFileSync, existsSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { QueueError } from "../../errors.ts";
import type { StoreOptions } from "../thread/protocol.ts";
import type { Mark } from "./mark-file.ts";
import { beginWriting } from "./open-database.ts";

/** Mail that is missing from a file, according to the mark file beside it. */
export interface Loss {
  /** When the loss was detected. */
  readonly atMs: number;
  /** The number of transactions missing from the file. */
  readonly commits: number;
  /** The maximum number of messages missing from the file. */
  readonly messages: number;
  readonly text: string;
}

/**
 * Throws "queue-corrupt" if the database is gone or empty although it held mail: SQLite would create a new one and
 * remove the remains of the old one.
 */
export function checkPresence(file: string, mark: Mark | undefined): void {
  if (sizeOf(file) > 0) return;
  const found = existsSync(file) ? "an empty file" : "no file";
  if (mark !== undefined && mark.messages > 0) {
    throw new QueueError(
      "queue-corrupt",
      `the queue ${mark.tag} in ${file}, which held ${mark.messages} messages, is gone: there is ${found}. Restore the file, or remove ${file}-mark, ${file}-wal and ${file}-shm to start with an empty queue`,
    );
  }
  if (sizeOf(`${file}-wal`) > 0) {
    throw new QueueError(
      "queue-corrupt",
      `${file}-wal has no database: there is ${found}. Restore ${file}, or remove ${file}-wal to start with an empty queue`,
    );
  }
}

/**
 * Compares the file with its mark, which must have been read before the file was opened. Records a loss in the file, so
 * that every process that opens it reports the loss, and the lost message numbers are not used again.
 */
export function noteLoss(
  database: DatabaseSync,
  { file, busyTimeoutMs }: StoreOptions,
  mark: Mark | undefined,
): void {
  if (mark === undefined) return;
  const before = progress(database);
  if (lossOf(before, mark, file) === undefined) return;
  // Kept before the first write, which would overwrite it.
  const kept = keepWal(file);
  beginWriting(database, busyTimeoutMs);
  try {
    // Another process may have recorded the loss already.
    const now = progress(database);
    const loss = lossOf(now, mark, file);
    if (loss !== undefined) {
      database
        .prepare(
          "INSERT INTO loss SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER), ?, ?, ? FROM ledger",
        )
        .run(loss.commits, loss.messages, `${loss.text}${kept}`);
      if (mark.tag === now.tag) {
        database
          .prepare("UPDATE ledger SET commits = max(commits, ?), next_seq = max(next_seq, ?)")
          .run(mark.commits, mark.nextSeq);
      }
    }
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

export function recordedLosses(database: DatabaseSync): readonly Loss[] {
  return database
    .prepare("SELECT at AS atMs, commits, messages, text FROM loss ORDER BY at")
    .all() as unknown as readonly Loss[];
}

/** Describes a loss to the operator in one line. */
export function lossLine({ atMs, text }: Loss): string {
  return `${text} (detected ${new Date(atMs).toISOString()})`;
}

/** The progress of the queue according to the file itself. */
export function progress(database: DatabaseSync): Mark {
  return database
    .prepare(
      `SELECT commits, next_seq AS nextSeq, messages,
         (SELECT value FROM setting WHERE name = 'tag') AS tag FROM ledger`,
    )
    .get() as unknown as Mark;
}

/** Undefined if nothing is missing. */
export function lossOf(now: Mark, mark: Mark, file: string): Omit<Loss, "atMs"> | undefined {
  if (mark.tag !== now.tag) {
    if (mark.messages === 0) return undefined;
    return {
      commits: 0,
      messages: mark.messages,
      text: `${file} is the queue ${now.tag}; the queue ${mark.tag}, which was here before, held ${mark.messages} messages`,
    };
  }
  if (mark.commits <= now.commits) return undefined;
  const commits = mark.commits - now.commits;
  const messages = Math.max(0, mark.nextSeq - now.nextSeq);
  const id = (seq: number): string => `${now.tag}-${seq.toString(36)}`;
  const which =
    messages === 0
      ? "no accepted message is among them, but mail that was delivered may be delivered again"
      : `up to ${messages} accepted messages are among them, ${id(now.nextSeq)} to ${id(mark.nextSeq - 1)}`;
  return {
    commits,
    messages,
    text: `the last ${commits} transactions of ${file} are missing: ${which}; its WAL was damaged, cut or removed, or the file was replaced by an older copy`,
  };
}

function keepWal(file: string): string {
  const wal = `${file}-wal`;
  const kept = `${file}-wal-kept`;
  if (sizeOf(wal) === 0) return "";
  try {
    if (!existsSync(kept)) copyFileSync(wal, kept);
    return `; the WAL as it was found is kept as ${kept}`;
  } catch {
    return "";
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
