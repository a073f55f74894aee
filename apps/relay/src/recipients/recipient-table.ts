import { domainOf } from "@mailseal/delivery";

/**
 * Recipients that are known, in the form of Postfix's text tables (postmap(1), texthash), as `relay_recipient_maps` has them:
 *
 * ```text
 * # a key, white space, and a value that is not looked at
 * ann@example.com   OK
 * @example.net      OK
 * example.org       OK
 * ```
 *
 * A domain is all of its addresses, with "@" or without; domains below it are not. Nothing has case.
 */
export class RecipientTable {
  readonly #keys: ReadonlySet<string>;

  private constructor(keys: ReadonlySet<string>) {
    this.#keys = keys;
  }

  static of(keys: Iterable<string>): RecipientTable {
    return new RecipientTable(new Set(Array.from(keys, normalized)));
  }

  /** Reads the text of a table. Lines that begin with white space continue the one before: their value. Linear. */
  static parse(text: string): RecipientTable {
    const keys = text
      .split(/\r?\n/)
      .filter((line) => !/^(?:\s|#|$)/.test(line))
      .map(keyOf);
    return RecipientTable.of(keys);
  }

  get size(): number {
    return this.#keys.size;
  }

  /** The address itself, the one without its extension, or its domain. `delimiter`: what an extension begins with. */
  has(address: string, delimiter?: string): boolean {
    if (address.lastIndexOf("@") < 1) return false;
    const key = normalized(address);
    const at = key.lastIndexOf("@");
    const extension = delimiter === undefined ? -1 : key.indexOf(delimiter, 1);
    return (
      this.#keys.has(key) ||
      (extension > 0 &&
        extension < at &&
        this.#keys.has(key.slice(0, extension) + key.slice(at))) ||
      this.#keys.has(key.slice(at))
    );
  }
}

/** The key may be in quotes for its white space, as in `"a b"@example.com`. */
function keyOf(line: string): string {
  return /^(?:"(?:[^"\\]|\\.)*")?\S*/.exec(line)?.[0] ?? "";
}

/** In lower case, with the domain in A-labels; a domain alone with "@" before it. */
function normalized(key: string): string {
  const at = key.lastIndexOf("@");
  const localPart = at < 0 ? "" : key.slice(0, at).toLowerCase();
  return `${localPart}@${domainOf(at < 0 ? `@${key}` : key)}`;
}
