import { SqliteMissingError } from "@mailseal/sqlite";
import { QueueError } from "../../errors.ts";
import type { Failure } from "../thread/protocol.ts";

/** The primary result codes of SQLite that the queue distinguishes. */
export const SqliteCode = {
  busy: 5,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  notDatabase: 26,
} as const;

/** The primary result code of an error of `node:sqlite`; undefined for any other error. */
export function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

/** Turns an error of SQLite or the file system into a failure for the caller. */
export function failureOf(error: unknown, file: string): Failure {
  if (error instanceof QueueError) return { code: error.code, message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof SqliteMissingError) {
    return { code: "bad-option", message: `${reason}, or keep the queue in NATS JetStream` };
  }
  switch (sqliteCodeOf(error)) {
    case SqliteCode.full:
      return {
        code: "queue-full",
        message: `the queue file ${file} has no room: ${reason}. Free space on its disk, or raise maxBytes`,
      };
    case SqliteCode.corrupt:
    case SqliteCode.notDatabase:
      return {
        code: "queue-corrupt",
        message: `the queue file ${file} is damaged: ${reason}. Stop relays and workers, and save what can be read with mailseal queue recover`,
      };
    default: {
      const remedy = isForbidden(error)
        ? "All programs that use it must run as the user that owns it and the files beside it"
        : "The next call tries again";
      return {
        code: "queue-unavailable",
        message: `cannot read and write the queue file ${file}: ${reason}. ${remedy}`,
      };
    }
  }
}

/** SQLite opens a file that this process may not write, and refuses the first write to it. */
function isForbidden(error: unknown): boolean {
  if (sqliteCodeOf(error) === SqliteCode.readOnly) return true;
  return error instanceof Error && "code" in error && /^(?:EACCES|EPERM)$/.test(String(error.code));
}

/** The same as an error to throw. */
export function queueError(error: unknown, file: string): QueueError {
  const { code, message } = failureOf(error, file);
  return new QueueError(code, message, { cause: error });
}
