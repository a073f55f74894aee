const reasons: ReadonlyMap<unknown, string> = new Map([
  ["ENOSPC", "no space left on device"],
  ["EDQUOT", "the disk quota is used up"],
  ["EFBIG", "the file is too large"],
  ["EIO", "the device failed"],
  // A `QueueError`: the error of SQLite that caused it stays in the writer thread.
  ["queue-full", "no space left on device"],
]);

/** SQLITE_FULL, in the lowest byte of the code of an error of `node:sqlite`. */
const sqliteFull = 13;
const mostCauses = 10;

/** The reason, in words, of an error that a full or failing disk has caused; undefined for any other error. */
export function diskFailure(error: unknown): string | undefined {
  let cause = error;
  for (let depth = 0; depth < mostCauses && cause instanceof Error; depth += 1) {
    const reason = "code" in cause ? reasons.get(cause.code) : undefined;
    if (reason !== undefined) return reason;
    if ("errcode" in cause && (Number(cause.errcode) & 0xff) === sqliteFull) {
      return reasons.get("ENOSPC");
    }
    ({ cause } = cause);
  }
  return undefined;
}
