import type { Section } from "./imported-config.ts";
import type { Dataset } from "./opendkim-source.ts";
import { OpendkimSource } from "./opendkim-source.ts";
import { OpendkimTables } from "./opendkim-tables.ts";
import { readMap } from "./rspamd-maps.ts";
import { placeOf, type RspamdSettings } from "./rspamd-settings.ts";

type Entries = Extract<Dataset, { readonly ok: true }>;

/** `signing_table` and `key_table`, in the form of OpenDKIM's; rspamd signs with the first row that matches. */
export function tableRows(settings: RspamdSettings): Section {
  const signing = settings.get("signing_table");
  const keys = settings.get("key_table");
  if (signing === undefined || keys === undefined) {
    settings.notNeededAll("signing_table", "rspamd needs key_table beside it");
    settings.notNeededAll("key_table", "rspamd needs signing_table beside it");
    return {};
  }
  const { account, readText } = settings;
  const [keyRows, rows] = [keys, signing].map((placed): Entries | undefined => {
    settings.settled(placed.entry.key.toLowerCase());
    const entries = readMap(placed.file, placed.entry, account, readText);
    if (entries === undefined) return undefined;
    account.carried(placeOf(placed), placed.entry.key, "signing.table");
    return { ok: true, entries, patterns: true, inline: false };
  });
  if (keyRows === undefined || rows === undefined) return { sign: false };
  const source = new OpendkimSource(readText, account);
  const made = new OpendkimTables(source, account, readText).rows(keyRows, rows);
  return made.length === 0 ? { sign: false } : { table: { rows: made } };
}
