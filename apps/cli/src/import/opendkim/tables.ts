import type { ImportAccount } from "../account.ts";
import type { ReadText, Section } from "../imported-config.ts";
import { keyOptions } from "../key-strength.ts";
import type { Dataset, DatasetEntry, OpendkimSource } from "./source.ts";

type Entries = Extract<Dataset, { readonly ok: true }>;

/** One row of `signing.table`. */
interface Row {
  readonly from: string;
  readonly name: string;
  readonly signer: string;
  readonly entry: DatasetEntry;
}

interface Key {
  readonly entry: DatasetEntry;
  /** The options of a signature with this key. */
  readonly options: Section;
  /** The location of the key, as far as it is known without the From domain. */
  readonly known: { readonly key?: string | undefined; readonly keyText?: string | undefined };
}

/** Converts KeyTable and SigningTable to rows of `signing.table`, in the order in which OpenDKIM tries them. */
export class OpendkimTables {
  readonly #source: OpendkimSource;
  readonly #account: ImportAccount;
  readonly #readText: ReadText;

  constructor(source: OpendkimSource, account: ImportAccount, readText: ReadText) {
    this.#source = source;
    this.#account = account;
    this.#readText = readText;
  }

  rows(keyTable: Entries, signingTable: Entries): readonly Section[] {
    const keys = this.#keys(keyTable);
    /** The options that weak keys need. Keys that no row names are not read. */
    const used = new Map<string, Section>();
    const rows = signingTable.patterns ? this.#patterns(signingTable) : this.#lookups(signingTable);
    const made = rows
      .flatMap((row) => this.#expanded(row, keys))
      .flatMap((row): Section[] => {
        const key = keys.get(row.name.toLowerCase());
        const place = row.entry;
        const what = `SigningTable ${row.entry.key}`;
        if (key === undefined) {
          this.#account.notCarried(
            place,
            what,
            `KeyTable has no usable key ${row.name}, so OpenDKIM defers such mail: add the key, or remove the row`,
          );
          return [];
        }
        const name = row.name.toLowerCase();
        const ofKey =
          used.get(name) ?? keyOptions(key.known, key.entry, this.#account, this.#readText);
        used.set(name, ofKey);
        if (row.signer !== "" && !row.signer.includes("@")) {
          this.#account.notCarried(
            place,
            what,
            `its second field ${row.signer} has no @, so OpenDKIM cannot sign with it: write @${row.signer}`,
          );
          return [];
        }
        this.#account.carried(place, what, `signing.table, with key ${row.name}`);
        const identity = row.signer.replaceAll("%", "%{d}");
        const strength = this.#strengthFor(row.from, key);
        const signer = identity === "" ? {} : { identity };
        return [{ from: row.from, ...key.options, ...ofKey, ...strength, ...signer }];
      });
    for (const [name, { entry }] of keys) {
      if (used.has(name)) {
        this.#account.carried(entry, `KeyTable ${entry.key}`, "selector and key of its rows");
      } else {
        this.#account.notNeeded(entry, `KeyTable ${entry.key}`, "no row of SigningTable names it");
      }
    }
    return made;
  }

  /** A key whose path contains the From domain can be read once the row determines the domain. */
  #strengthFor(from: string, { options, entry }: Key): Section {
    const { domain, key } = options;
    const author = from.slice(from.lastIndexOf("@") + 1);
    if (domain !== undefined || typeof key !== "string" || !key.includes("%{d}")) return {};
    if (author.includes("*")) return {};
    const path = key.replaceAll("%{d}", author);
    return keyOptions({ key: path }, entry, this.#account, this.#readText);
  }

  /** By name in lower case, because OpenDKIM ignores case. */
  #keys({ entries, inline }: Entries): ReadonlyMap<string, Key> {
    const keys = new Map<string, Key>();
    for (const entry of entries) {
      const what = `KeyTable ${entry.key}`;
      const [domain = "", selector = "", key = "", algorithm, ...rest] = entry.value.split(":");
      const isAlgorithm = /^(?:rsa-sha1|rsa-sha256|ed25519-sha256)$/i.test(algorithm ?? "");
      if (domain === "" || selector === "" || key === "") {
        const isName = inline && entry.value === "" && !entry.key.includes("/");
        this.#account.notCarried(
          entry,
          what,
          isName
            ? `OpenDKIM reads ${entry.key} as a list: give the full path of the file`
            : "expected domain:selector:key after the name",
        );
      } else if ((algorithm !== undefined && !isAlgorithm) || rest.length > 0) {
        this.#account.notCarried(
          entry,
          what,
          "its fourth field is not an algorithm such as rsa-sha256: remove it",
        );
      } else if (domain !== "%" && domain.includes("%")) {
        this.#account.notCarried(
          entry,
          what,
          `% alone stands for the From domain, but ${domain} is not a domain: write the domain`,
        );
      } else if (keys.has(entry.key.toLowerCase())) {
        this.#account.notNeeded(entry, what, "OpenDKIM uses an earlier row with this name");
      } else {
        const isFile = /^\.{0,2}\//.test(key);
        const place = isFile
          ? { key: this.#source.path(key.replaceAll("%", "%{d}")) }
          : { keyText: key };
        // A template can be resolved once its domain is known.
        const known =
          domain === "%" || !isFile ? place : { key: place.key?.replaceAll("%{d}", domain) };
        keys.set(entry.key.toLowerCase(), {
          entry,
          options: {
            ...(domain === "%" ? {} : { domain }),
            selector,
            ...place,
            ...(algorithm === undefined ? {} : { algorithm: algorithm.toLowerCase() }),
          },
          known,
        });
      }
    }
    return keys;
  }

  /** refile: patterns. Mailseal supports only `*`; OpenDKIM also accepts other regular expression syntax. */
  #patterns({ entries }: Entries): readonly Row[] {
    return entries.flatMap((entry): Row[] => {
      if (/[[\](){}|?^$\\]/.test(entry.key)) {
        this.#account.notCarried(
          entry,
          `SigningTable ${entry.key}`,
          "patterns support only *: write a row for each address or domain",
        );
        return [];
      }
      return rowOf(entry, entry.key);
    });
  }

  /**
   * Names to look up, in OpenDKIM's order: user@host, host, then user@.parent and .parent for each parent from the nearest
   * up, user@*, *. The rows for one address have this order.
   */
  #lookups({ entries }: Entries): readonly Row[] {
    const seen = new Set<string>();
    const ranked: { readonly rank: readonly number[]; readonly row: Row }[] = [];
    for (const entry of entries) {
      const key = entry.key.toLowerCase();
      const what = `SigningTable ${entry.key}`;
      const form = lookupForm(key);
      if (form === undefined) {
        this.#account.notNeeded(
          entry,
          what,
          "it matches no mail: OpenDKIM looks up this name literally, because patterns work only with refile:",
        );
        this.#account.warn(entry, `${what} matches no mail; it is a pattern only with refile:`);
      } else if (seen.has(key)) {
        this.#account.notNeeded(entry, what, "OpenDKIM uses an earlier row with this name");
      } else {
        seen.add(key);
        for (const row of rowOf(entry, form.from)) ranked.push({ rank: form.rank, row });
      }
    }
    return ranked.toSorted((one, other) => compare(one.rank, other.rank)).map(({ row }) => row);
  }

  /** A row with the key `%` uses the key that is named like the From domain, so it becomes a row for each possible key. */
  #expanded(row: Row, keys: ReadonlyMap<string, Key>): readonly Row[] {
    if (row.name !== "%") return [row];
    const at = row.from.lastIndexOf("@");
    const domain = row.from.slice(at + 1);
    const user = row.from === "*" ? "*@" : row.from.slice(0, at + 1);
    const fits = (name: string): boolean =>
      domain === "*" ||
      domain === name ||
      (domain.startsWith("*.") && name.endsWith(domain.slice(1)));
    const rows = [...keys.keys()]
      .filter((name) => name.includes(".") && fits(name))
      .map((name): Row => {
        const { signer, entry } = row;
        return { from: `${user}${name}`, name, signer, entry };
      });
    return rows.length === 0 ? [{ ...row, name: "of the From domain" }] : rows;
  }
}

/** Splits a value into the name of the key and, after a colon, the signer. */
function rowOf(entry: DatasetEntry, from: string): Row[] {
  const [, name = "", signer = ""] = /^([^:]*)(?::(.*))?$/.exec(entry.value) ?? [];
  return [{ from, name, signer, entry }];
}

function lookupForm(
  key: string,
): { readonly from: string; readonly rank: readonly number[] } | undefined {
  const [, user, host = ""] = /^(?:([^@]*)@)?([^@]*)$/.exec(key) ?? [];
  const labels = host.split(".").length;
  if (key === "*") return { from: "*", rank: [4] };
  if (user?.includes("*") === true || host === "") return undefined;
  if (user !== undefined && host === "*") return { from: `${user}@*`, rank: [3] };
  if (host.includes("*")) return undefined;
  if (!host.startsWith("."))
    return { from: `${user ?? "*"}@${host}`, rank: [user === undefined ? 1 : 0] };
  return { from: `${user ?? "*"}@*${host}`, rank: [2, -labels, user === undefined ? 1 : 0] };
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
