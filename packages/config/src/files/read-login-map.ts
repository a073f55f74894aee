import { LoginMap } from "./login-map.ts";
import { readTable } from "./table-file.ts";

/**
 * Reads the table of logins and sender addresses in a file. Names without "@" in it are of `localDomains`.
 *
 * Rejects with a `ConfigError` "senders-file" where it cannot be read or used, or others may write to it.
 */
export function readLoginMap(file: string, localDomains: readonly string[]): Promise<LoginMap> {
  return readTable(file, "senders", (text) => LoginMap.parse(text, localDomains));
}
