import { open } from "node:fs/promises";
import { MailsealError } from "@mailseal/syntax";
import { LoginMap } from "./login-map.ts";

const maxBytes = 64 * 1024 * 1024;

/**
 * Reads the table of logins and sender addresses in a file. Names without "@" in it are of `localDomains`.
 *
 * Rejects with a `MailsealError` "senders-file" where it cannot be read or used, or anybody may write to it.
 */
export async function readLoginMap(
  file: string,
  localDomains: readonly string[],
): Promise<LoginMap> {
  try {
    const handle = await open(file, "r");
    try {
      const { mode, size } = await handle.stat();
      if ((mode & 0o002) !== 0) throw new Error("anybody may write to it; chmod o-w");
      if (size > maxBytes) throw new Error(`expected at most ${maxBytes} octets, got ${size}`);
      return LoginMap.parse(await handle.readFile("utf8"), localDomains);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MailsealError("senders-file", `senders file ${file}: ${reason}`, { cause: error });
  }
}
