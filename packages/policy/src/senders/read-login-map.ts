import { readTable } from "../tables/table-file.ts";
import { LoginMap } from "./login-map.ts";

/**
 * Reads the table of logins and sender addresses in a file. Names without "@" in it are of `localDomains`.
 *
 * Rejects with a `MailsealError` "senders-file" where it cannot be read or used, or others may write to it.
 */
export function readLoginMap(file: string, localDomains: readonly string[]): Promise<LoginMap> {
  return readTable(file, "senders", (text) => LoginMap.parse(text, localDomains));
}
