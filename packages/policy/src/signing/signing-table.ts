import type { SigningSettings, SigningTable } from "@mailseal/config";
import { fromMailboxes, type Message, toAsciiDomain } from "@mailseal/syntax";
import { LruMap } from "../pipeline/lru-map.ts";

/** From addresses whose rows are kept; senders may make up any number. */
const maxKept = 4096;
/** Octets of a From address; SMTP allows 320 (RFC 5321 4.5.3.1), a longer one matches no row. */
const maxAddress = 512;

/** What is known of a table, whatever else the settings say that it stands in. */
interface KeptTable {
  readonly index: RowIndex;
  /** The rows of an address, as their numbers. */
  readonly rowsOf: LruMap<string, string>;
}

/** Applies `signing.table` to settings: what a sender is signed with is what the rows that match say. */
export class SigningTables {
  /** By table: scopes merge into settings of their own for each From domain, and share the table. */
  readonly #tables = new WeakMap<SigningTable, KeptTable>();
  /** The settings of some rows: the same object for the same rows, so that a signer made of it is kept. */
  readonly #settings = new WeakMap<SigningSettings, LruMap<string, SigningSettings>>();

  /**
   * Settings without a table are returned as they are. With one, those of the rows that match the author's
   * address; where none does, or the message has not one author, with `sign: false`.
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

/** Numbers of rows: those that name one domain, by it, and those that may match any. */
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

/** "" where there is no @. */
function domainOf(address: string): string {
  const at = address.lastIndexOf("@");
  return at < 0 ? "" : address.slice(at + 1);
}

/** `*` is any text, none included. Both sides are in lower case. At most their lengths' product in steps. */
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

/** In lower case, its domain as A-labels. Undefined where From names several domains, or none. */
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
