import type { DatabaseSync, StatementSync } from "node:sqlite";
import { keyRecordName } from "@mailseal/dns-record";
import { type FaultReport, migrate, openSqlite, reportFaults } from "@mailseal/sqlite";
import { PolicyError } from "../errors.ts";

/** A domain that signs with a selector and the key in a file. */
export interface KeyRow {
  readonly domain: string;
  readonly selector: string;
  readonly keyFile: string;
  /** Grows with each change of the table: a domain that is removed and added again is another row. */
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

/** How long to wait while another process writes. Each write is one row. */
const busyTimeoutMs = 2000;

/**
 * A small SQLite table of domains, selectors and key files that can be changed while relays run
 * (Momentum's `ec_dkim_ctl`). Every query reads the file, which takes some microseconds, so a change by another
 * process takes effect with the next message. The keys themselves stay in their files.
 *
 * Its methods throw a `PolicyError` "key-database" if the file cannot be used.
 *
 * ```ts
 * const table = new KeyDatabase("/var/lib/mailseal/keys.db");
 * table.add("example.com", "mail2026", "/etc/mailseal/keys/example.com/mail2026.key");
 * table.find("example.com").map(({ selector }) => selector); // ["mail2026"]
 * table.close();
 * ```
 */
export class KeyDatabase {
  readonly path: string;
  readonly #faults: FaultReport;
  readonly #database: DatabaseSync;
  readonly #byDomain: StatementSync;

  /** Opens the file, or creates it with mode 0600 if it does not exist. */
  constructor(path: string) {
    this.path = path;
    this.#faults = {
      file: `the key database ${JSON.stringify(path)}`,
      ownError: PolicyError,
      errorOf: (message) => new PolicyError("key-database", message),
    };
    this.#database = this.#attempt(() => open(path));
    this.#byDomain = this.#attempt(() =>
      this.#database.prepare(
        `SELECT ${columns} FROM signing_keys WHERE domain = ? ORDER BY revision`,
      ),
    );
  }

  /** The rows of a domain, in the order in which they were added; each makes a signature. */
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
   * Adds a selector of a domain, or changes its key file.
   * Throws a `DnsRecordError` "bad-domain" or "bad-selector" for a value that cannot be a name in DNS.
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

  /** Removes one selector of a domain, or all of them, and returns how many rows it removed. */
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
    return reportFaults(this.#faults, action);
  }
}

function open(path: string): DatabaseSync {
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
