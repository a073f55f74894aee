import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { openSqlite } from "@mailseal/sqlite";

/**
 * A file beside the queue that a process keeps locked as long as it accepts mail, so that other processes can tell
 * whether it is alive: the system releases the lock when the process ends, however it ends.
 */
export class OwnerLock {
  readonly #path: string;
  readonly #database: DatabaseSync;

  /** Throws if the file cannot be created. */
  constructor(queueFile: string, owner: number) {
    this.#path = lockFile(queueFile, owner);
    this.#database = openLock(this.#path);
    this.#database.exec("BEGIN EXCLUSIVE");
  }

  release(): void {
    this.#database.close();
    rmSync(this.#path, { force: true });
  }
}

/** Whether the process with this number is running. */
export function isOwnerAlive(queueFile: string, owner: number): boolean {
  return isLocked(lockFile(queueFile, owner));
}

/** Removes the lock files of processes that ended without removing theirs. */
export function removeStaleLocks(queueFile: string): void {
  const beginning = basename(lockFile(queueFile, 0)).slice(0, -1);
  for (const name of readdirSync(dirname(queueFile))) {
    if (name.startsWith(beginning) && /^\d+$/.test(name.slice(beginning.length))) {
      isLocked(join(dirname(queueFile), name));
    }
  }
}

/** Removes the file if it is not locked. A file that cannot be opened counts as locked, because it may be. */
function isLocked(path: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = openLock(path);
    database.exec("BEGIN EXCLUSIVE");
  } catch {
    return true;
  } finally {
    database?.close();
  }
  rmSync(path, { force: true });
  return false;
}

function openLock(path: string): DatabaseSync {
  return openSqlite(path, { neededBy: "the queue", access: "lock", busyTimeoutMs: 0 });
}

function lockFile(queueFile: string, owner: number): string {
  return `${queueFile}-open-${owner}`;
}
