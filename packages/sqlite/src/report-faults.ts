import { SqliteMissingError } from "./open-sqlite.ts";

/** How a package reports that one of its files cannot be used. */
export interface FaultReport {
  /** The kind of file and its path, for the message: `the key database "/keys.db"`. */
  readonly file: string;
  /** The package's own errors, which are thrown as they are. */
  readonly ownError: abstract new (...args: never) => Error;
  readonly errorOf: (message: string) => Error;
}

/**
 * Runs an action on a file. Rethrows an error of SQLite or the file system as the package's own error, with the message
 * `cannot use <file>: <cause>`.
 */
export function reportFaults<Value>(
  { file, ownError, errorOf }: FaultReport,
  action: () => Value,
): Value {
  try {
    return action();
  } catch (error) {
    if (error instanceof ownError) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    throw errorOf(error instanceof SqliteMissingError ? cause : `cannot use ${file}: ${cause}`);
  }
}
