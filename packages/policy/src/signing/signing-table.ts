import type { SigningSettings, SigningTable } from "@mailseal/config";
import { fromMailboxes, type Message, toAsciiDomain } from "@mailseal/syntax";
import { LruMap } from "../pipeline/lru-map.ts";

/** The number of From addresses whose rows are kept: senders can make up any number of addresses. */
const maxKept = 4096;
/** Octets of a From address. SMTP allows 320 (RFC 5321 4.5.3.1); a longer address matches no row. */
const maxAddress = 512;

/** What is kept for a table, whichever settings it is part of. */
interface KeptTable {
  readonly index: RowIndex;
  /** The numbers of the rows that match an address. */
  readonly rowsOf: LruMap<string, string>;
}

/** Applies `signing.table` to settings: the rows that match the sender decide its signatures. */
export class SigningTables {
  /** By table: the merged settings differ for each From domain, but share the table. */
  readonly #tables = new WeakMap<SigningTable, KeptTable>();
  /** The settings for a set of rows: the same object for the same rows, so that its signer can be reused. */
  readonly #settings = new WeakMap<SigningSettings, LruMap<string, SigningSettings>>();

  /**
   * Returns settings without a table unchanged. With a table, returns the settings of the rows that match the
   * author's address, or `sign: false` if no row matches or the message does not have exactly one author domain.
   */
  settingsFor(settings: SigningSettings, message: Message): SigningSettings {
    const { table } = settings;
    if (table === undefined) return settings;
    const rows = this.#rowsOf(table, authorAddress(message) ?? "");
    let kept = this.#settings.get(settings);
    if (kept === undefined) {
      kept = new LruMap(maxKept);
      this.#settings.set(settings, kept);
    }
    let result = kept.get(rows);
    if (result === undefined) {
      result = withRows(settings, table, rows);
      kept.set(rows, result);
    }
    return result;
  }

  #rowsOf(table: SigningTable, address: string): string {
    if (address === "") return "";
    let kept = this.#tables.get(table);
    if (kept === undefined) {
      kept = { index: indexed(table), rowsOf: new LruMap(maxKept) };
      this.#tables.set(table, kept);
    }
    let rows = kept.rowsOf.get(address);
    if (rows === undefined) {
      rows = matchingRows(table, kept.index, address).join(" ");
      kept.rowsOf.set(address, rows);
    }
    return rows;
  }
}

function withRows(settings: SigningSettings, table: SigningTable, rows: string): SigningSettings {
  const signatures = rows
    .split(" ")
    .flatMap((row) => (row === "" ? [] : (table.rows[Number(row)] ?? [])))
    .map(({ from: _pattern, ...signature }) => signature);
  return signatures.length === 0
    ? { ...settings, table: undefined, sign: false }
    : { ...settings, table: undefined, signatures };
}

/** The numbers of the rows that name one domain, by that domain, and of the rows that can match any domain. */
interface RowIndex {
  readonly byDomain: ReadonlyMap<string, readonly number[]>;
  readonly others: readonly number[];
}

function indexed({ rows }: SigningTable): RowIndex {
  const byDomain = new Map<string, number[]>();
  const others: number[] = [];
  for (const [row, { from }] of rows.entries()) {
    const domain = domainOf(from);
    if (domain === "" || domain.includes("*")) {
      others.push(row);
    } else {
      const same = byDomain.get(domain);
      if (same === undefined) byDomain.set(domain, [row]);
      else same.push(row);
    }
  }
  return { byDomain, others };
}

function matchingRows(
  { match, rows }: SigningTable,
  { byDomain, others }: RowIndex,
  address: string,
): readonly number[] {
  const found = [...(byDomain.get(domainOf(address)) ?? []), ...others]
    .filter((row) => matchesPattern(rows[row]?.from ?? "", address))
    .toSorted((one, other) => one - other);
  return match === "first" ? found.slice(0, 1) : found;
}

/** "" if there is no @. */
function domainOf(address: string): string {
  const at = address.lastIndexOf("@");
  return at < 0 ? "" : address.slice(at + 1);
}

/** `*` matches any text, including none. Both sides are in lower case. Takes at most the product of their lengths in steps. */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (pattern[next] === "*") {
      star = next++;
      resume = at;
    } else if (pattern[next] === text[at]) {
      next++;
      at++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[next] === "*") next++;
  return next === pattern.length;
}

/** The author's address in lower case, its domain as A-labels. Undefined unless From names exactly one domain. */
function authorAddress(message: Message): string | undefined {
  const addresses = fromMailboxes(message).map(({ localPart, domain }) => ({
    localPart,
    domain: toAsciiDomain(domain),
  }));
  const [first] = addresses;
  if (first?.domain === undefined) return undefined;
  const { domain } = first;
  const address = `${first.localPart}@${domain}`.toLowerCase();
  return address.length <= maxAddress && addresses.every((other) => other.domain === domain)
    ? address
    : undefined;
}
