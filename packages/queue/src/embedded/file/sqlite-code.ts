import { QueueError } from "../../errors.ts";
import type { Failure } from "../thread/protocol.ts";

/** The primary result codes of SQLite that are told apart. */
export const SqliteCode = { busy: 5, io: 10, corrupt: 11, full: 13, notDatabase: 26 } as const;

/** The primary result code of an error of `node:sqlite`; undefined for any other error. */
export function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

/** What an error of a transaction means to whoever asked for it. */
export function failureOf(error: unknown, file: string): Failure {
  if (error instanceof QueueError) return { code: error.code, message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  switch (sqliteCodeOf(error)) {
    case SqliteCode.full:
      return {
        code: "queue-full",
        message: `expected room for ${file}, got: ${reason}; free space on its disk, or raise maxBytes`,
      };
    case SqliteCode.corrupt:
    case SqliteCode.notDatabase:
      return {
        code: "queue-corrupt",
        message: `expected a sound queue in ${file}, got: ${reason}; stop what uses it, and save what can be read with mailseal queue recover`,
      };
    default:
      return {
        code: "queue-unavailable",
        message: `expected to read and write ${file}, got: ${reason}; it is tried again with the next call`,
      };
  }
}
