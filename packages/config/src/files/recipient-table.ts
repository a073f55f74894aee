import { addressText, plainAddress } from "./plain-address.ts";
import { readTable, tableRows } from "./text-table.ts";

/**
 * The recipients that exist, in the form of Postfix's `relay_recipient_maps` (postmap(1), texthash):
 *
 * ```text
 * # a key, white space, and a value that is ignored
 * ann@example.com   OK
 * @example.net      OK
 * example.org       OK
 * ```
 *
 * A domain, with "@" or without, stands for all of its addresses, but not for its subdomains. Case does not matter.
 *
 * ```ts
 * const table = RecipientTable.parse("ann@example.com OK\n@example.net OK\n");
 * table.has("anybody@example.net"); // true
 * table.has("bob@example.com"); // false
 * ```
 */
export class RecipientTable {
  readonly #keys: ReadonlySet<string>;

  private constructor(keys: ReadonlySet<string>) {
    this.#keys = keys;
  }

  /** A table of these addresses and domains. */
  static of(keys: Iterable<string>): RecipientTable {
    return new RecipientTable(new Set(Array.from(keys, normalized)));
  }

  /** Reads the text of a table. Linear. */
  static parse(text: string): RecipientTable {
    return RecipientTable.of(Array.from(tableRows(text), ({ key }) => key));
  }

  get size(): number {
    return this.#keys.size;
  }

  /** The address itself, the one without its extension, or its domain. `delimiter`: what an extension begins with. */
  has(address: string, delimiter?: string): boolean {
    if (address.lastIndexOf("@") < 1) return false;
    const { localPart, domain } = plainAddress(address);
    const extension = delimiter === undefined ? -1 : localPart.indexOf(delimiter, 1);
    return (
      this.#keys.has(addressText({ localPart, domain })) ||
      (extension > 0 &&
        this.#keys.has(addressText({ localPart: localPart.slice(0, extension), domain }))) ||
      this.#keys.has(`@${domain}`)
    );
  }
}

/**
 * Reads a table of recipients from a file.
 *
 * Rejects with a `ConfigError` "recipients-file" if it cannot be read or others may write to it.
 *
 * ```ts
 * const known = await readRecipients("/etc/postfix/relay_recipients");
 * if (!known.has("ann@example.com")) reject();
 * ```
 */
export function readRecipients(file: string): Promise<RecipientTable> {
  return readTable(file, "recipients", (text) => RecipientTable.parse(text));
}

/** Puts "@" before a domain. */
function normalized(key: string): string {
  return addressText(plainAddress(key.includes("@") ? key : `@${key}`));
}
