import type { Activation, ActiveKey } from "../environment.ts";

/** The `KeyDatabase` of @mailseal/policy: the table that running relays read for each message. */
export interface DomainTable {
  /** The keys of a domain. */
  find(domain: string): readonly ActiveKey[];
  /** Adds a key of a domain, or changes its file. */
  add(domain: string, selector: string, keyFile: string): void;
  /** Removes a key of a domain, and returns the number of removed rows. */
  remove(domain: string, selector: string): number;
}

/**
 * Keeps the keys that a domain signs with in a table. New keys are added before old ones are removed: if the change is
 * interrupted, the domain signs with both, and both are in DNS.
 *
 * ```ts
 * import { KeyDatabase } from "@mailseal/policy/keys";
 *
 * const activation = domainTable(new KeyDatabase("/var/lib/mailseal/keys.db"));
 * ```
 */
export function domainTable(table: DomainTable): Activation {
  return {
    async activate(domain, keys) {
      const there = table.find(domain);
      for (const { selector, keyFile } of keys) {
        const isThere = there.some((row) => row.selector === selector && row.keyFile === keyFile);
        // Adding the row again would make relays reload the key.
        if (!isThere) table.add(domain, selector, keyFile);
      }
      const wanted = new Set(keys.map(({ selector }) => selector));
      for (const { selector } of there) {
        if (!wanted.has(selector)) table.remove(domain, selector);
      }
    },
    async active(domain) {
      return table.find(domain).map(({ selector, keyFile }) => ({ selector, keyFile }));
    },
  };
}
