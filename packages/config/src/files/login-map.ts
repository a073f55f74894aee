import { ConfigError } from "../errors.ts";
import { addressText, type PlainAddress, plainAddress } from "./plain-address.ts";
import { readTable, type TableRow, tableRows } from "./text-table.ts";

/**
 * The sender addresses of each login, in the form of Postfix's `smtpd_sender_login_maps` (postmap(1)):
 *
 * ```text
 * # address or @domain, then the logins, with commas or white space between
 * joe@example.com   joe, joe@example.com
 * @customer.example ann
 * root              ops
 * ```
 *
 * Lines that begin with white space continue the line before. Case does not matter in addresses and logins.
 *
 * ```ts
 * const map = LoginMap.parse("ann@example.com ann\n@example.net ann, bob\n");
 * map.owns("bob", plainAddress("info@example.net")); // true
 * ```
 */
export class LoginMap {
  readonly #owners: ReadonlyMap<string, string>;
  readonly #domains: ReadonlySet<string>;
  readonly #logins: ReadonlySet<string>;

  private constructor(owners: ReadonlyMap<string, string>) {
    this.#owners = owners;
    this.#domains = new Set(
      Array.from(owners.keys(), (key) => key.slice(key.lastIndexOf("@") + 1)),
    );
    this.#logins = new Set([...owners.values()].flatMap(loginsOf));
  }

  /**
   * Reads the text of a table. Names without "@" are addresses in each of `localDomains`.
   *
   * Throws a `ConfigError` "senders-file" with the line that cannot be read. Linear.
   */
  static parse(text: string, localDomains: readonly string[] = []): LoginMap {
    const owners = new Map<string, string>();
    for (const row of tableRows(text)) {
      const { key, value } = checked(row);
      for (const address of addressesOf(key, localDomains)) {
        // As in Postfix, the first of two lines for one address applies.
        if (!owners.has(address)) owners.set(address, value.toLowerCase());
      }
    }
    return new LoginMap(owners);
  }

  /** Addresses and domains. */
  get size(): number {
    return this.#owners.size;
  }

  /** Whether the table has a login, or an address in a domain: then it decides what is allowed. */
  names(login: string, { domain }: PlainAddress): boolean {
    return this.#logins.has(login.toLowerCase()) || this.#domains.has(domain);
  }

  /** The address itself decides, else the one without "+extension", else its domain. */
  owns(login: string, address: PlainAddress): boolean {
    const { localPart, domain } = address;
    const plus = localPart.indexOf("+");
    const owners =
      this.#owners.get(addressText(address)) ??
      (plus > 0
        ? this.#owners.get(addressText({ localPart: localPart.slice(0, plus), domain }))
        : undefined) ??
      this.#owners.get(`@${domain}`);
    return owners !== undefined && loginsOf(owners).includes(login.toLowerCase());
  }
}

/**
 * Reads a table of logins and sender addresses from a file. Names without "@" are addresses in each of `localDomains`.
 *
 * Rejects with a `ConfigError` "senders-file" if it cannot be read or used, or others may write to it.
 *
 * ```ts
 * const map = await readLoginMap("/etc/mailseal/sender_login", ["example.com"]);
 * ```
 */
export function readLoginMap(file: string, localDomains: readonly string[]): Promise<LoginMap> {
  return readTable(file, "senders", (text) => LoginMap.parse(text, localDomains));
}

function checked(row: TableRow): TableRow {
  if (row.key.startsWith("/") || loginsOf(row.value).length === 0) {
    throw new ConfigError(
      "senders-file",
      `line ${row.line}: expected an address or @domain, white space, and the logins that may send as it`,
    );
  }
  return row;
}

function addressesOf(key: string, localDomains: readonly string[]): string[] {
  const address = plainAddress(key);
  return key.includes("@")
    ? [addressText(address)]
    : localDomains.map((domain) =>
        addressText({ ...address, domain: plainAddress(`@${domain}`).domain }),
      );
}

function loginsOf(value: string): string[] {
  return value.split(/[\s,]+/).filter((login) => login !== "");
}
