import { RecipientTable } from "./recipient-table.ts";
import { readTable } from "./table-file.ts";

/**
 * Reads a table of recipients from a file.
 *
 * Rejects with a `ConfigError` "recipients-file" where it cannot be read, or others may write to it.
 */
export function readRecipients(file: string): Promise<RecipientTable> {
  return readTable(file, "recipients", (text) => RecipientTable.parse(text));
}
