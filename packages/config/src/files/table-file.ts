import { ConfigError } from "../errors.ts";
import { readSecretFile, tableRules } from "./secret-file.ts";

/**
 * Reads and parses a table that decides whom mail is taken from and for: a regular file of at most 64 MB, which nobody
 * but its owner may change or replace.
 *
 * Rejects with a `ConfigError` of the code `${name}-file` where it cannot be used, or `parse` throws.
 *
 * @param name what the file is of, as in "senders"
 */
export async function readTable<Table>(
  file: string,
  name: "senders" | "recipients",
  parse: (text: string) => Table,
): Promise<Table> {
  const read = await readSecretFile(file, tableRules);
  if (read.status !== "read") {
    throw new ConfigError(`${name}-file`, `${name} file ${read.reason}; ${read.remedy}`);
  }
  try {
    return parse(read.bytes.toString("utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${name}-file`, `${name} file ${file}: ${reason}`, { cause: error });
  }
}
