import { readFile } from "node:fs/promises";
import { MailsealError } from "@mailseal/syntax";
import { RecipientTable } from "./recipient-table.ts";

/** Reads a table of recipients from a file. Rejects with a `MailsealError` "recipients-file". */
export async function readRecipients(file: string): Promise<RecipientTable> {
  try {
    return RecipientTable.parse(await readFile(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MailsealError("recipients-file", `recipients file ${file}: ${reason}`, {
      cause: error,
    });
  }
}
