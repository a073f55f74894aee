import type { DatabaseSync, StatementSync } from "node:sqlite";
import { keyRecordName } from "@mailseal/dns-record";
import { MailsealError } from "@mailseal/errors";
import { createPrivateFile, migrate, openSqlite, SqliteMissingError } from "@mailseal/sqlite";
import { PolicyError } from "../errors.ts";

/** A domain that signs with a selector and the key in a file. */
export interface KeyRow {
  readonly domain: string;
  readonly selector: string;
  readonly keyFile: string;
  /** Grows with each change of the table: a domain added anew is another row. */
  readonly revision: number;
}

const schemaVersion = 1;
const createTable = `
  CREATE TABLE IF NOT EXISTS signing_keys (
    revision INTEGER PRIMARY KEY AUTOINCREMENT,
    domain TEXT NOT NULL,
    selector TEXT NOT NULL,
    key_file TEXT NOT NULL,
    UNIQUE (domain, selector)
  ) STRICT`;
const columns = "domain, selector, key_file AS keyFile, revision";

/** How long to wait where another process is writing. Writes are a row each. */
const busyTimeoutMs = 2000;

/**
 * A small SQLite table of domains, selectors and key files that is changed while relays run
 * (Momentum's `ec_dkim_ctl`). Every question is put to the file, which takes some microseconds: a
 * change by another process holds from the next message on. The keys themselves stay in their files.
 *
 * Its methods throw a `PolicyError` "key-database" where the file cannot be used.
 */
export class KeyDatabase {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #byDomain: StatementSync;

  /** Opens the file, which is made (mode 0600) where there is none. */
  constructor(path: string) {
    this.path = path;
    this.#database = this.#attempt(() => open(path));
    this.#byDomain = this.#attempt(() =>
      this.#database.prepare(
        `SELECT ${columns} FROM signing_keys WHERE domain = ? ORDER BY revision`,
      ),
    );
  }

  /** What a domain signs with, in the order in which it was added; a signature each. */
  find(domain: string): readonly KeyRow[] {
    return this.#attempt(() => this.#byDomain.all(domain).map(toRow));
  }

  /** All rows, by domain and selector. */
  list(): readonly KeyRow[] {
    return this.#attempt(() =>
      this.#database
        .prepare(`SELECT ${columns} FROM signing_keys ORDER BY domain, selector`)
        .all()
        .map(toRow),
    );
  }

  /**
   * Adds a selector of a domain, or gives it another key file.
   * Throws a `DnsRecordError` "bad-domain" or "bad-selector" for what is no name in DNS.
   */
  add(domain: string, selector: string, keyFile: string): void {
    const [asciiSelector, asciiDomain] = checkedNames(selector, domain);
    this.#attempt(() =>
      this.#database
        .prepare(
          "INSERT OR REPLACE INTO signing_keys (domain, selector, key_file) VALUES (?, ?, ?)",
        )
        .run(asciiDomain, asciiSelector, keyFile),
    );
  }

  /** Removes a selector of a domain, or all of them; says how many there were. */
  remove(domain: string, selector?: string): number {
    const [asciiSelector, asciiDomain] = checkedNames(selector ?? "any", domain);
    const removed = this.#attempt(() =>
      selector === undefined
        ? this.#database.prepare("DELETE FROM signing_keys WHERE domain = ?").run(asciiDomain)
        : this.#database
            .prepare("DELETE FROM signing_keys WHERE domain = ? AND selector = ?")
            .run(asciiDomain, asciiSelector),
    );
    return Number(removed.changes);
  }

  /** May be called more than once. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #attempt<Value>(action: () => Value): Value {
    try {
      return action();
    } catch (error) {
      if (error instanceof MailsealError) throw error;
      const cause = error instanceof Error ? error.message : String(error);
      throw new PolicyError(
        "key-database",
        error instanceof SqliteMissingError
          ? cause
          : `cannot use the key database ${JSON.stringify(this.path)}: ${cause}`,
      );
    }
  }
}

function open(path: string): DatabaseSync {
  createPrivateFile(path);
  const database = openSqlite(path, {
    neededBy: "the key database",
    access: "durable",
    busyTimeoutMs,
  });
  try {
    migrate(database, schemaVersion, new Map([[0, (it) => it.exec(createTable)]]));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkedNames(selector: string, domain: string): readonly [string, string] {
  const [asciiSelector = "", asciiDomain = ""] = keyRecordName(selector, domain).split(
    "._domainkey.",
  );
  return [asciiSelector, asciiDomain];
}

function toRow(row: Record<string, unknown>): KeyRow {
  const { domain, selector, keyFile, revision } = row;
  return {
    domain: String(domain),
    selector: String(selector),
    keyFile: String(keyFile),
    revision: Number(revision),
  };
}
