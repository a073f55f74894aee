import { stat } from "node:fs/promises";
import { type LoginMap, readLoginMap } from "@mailseal/policy";
import type { Logger } from "@mailseal/program";

const lookMs = 1000;

/**
 * The table of logins and senders in a file, read again when the file was changed: looked at each second, and
 * read when it has not changed for one, so that a table which is being written is not taken for a shorter one.
 * A table that cannot be read leaves the one before in force, and an error in the log.
 */
export class WatchedLoginMap {
  readonly #file: string;
  readonly #localDomains: readonly string[];
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #current: LoginMap;
  #read: string;
  #seen: string;
  #reading: Promise<void> = Promise.resolve();

  private constructor(
    file: string,
    localDomains: readonly string[],
    log: Logger,
    first: { readonly map: LoginMap; readonly state: string },
  ) {
    this.#file = file;
    this.#localDomains = localDomains;
    this.#log = log;
    this.#current = first.map;
    this.#read = first.state;
    this.#seen = first.state;
    this.#timer = setInterval(() => void this.look(), lookMs);
    this.#timer.unref();
  }

  /** Rejects with a `MailsealError` "senders-file" where the table cannot be read. */
  static async open(
    file: string,
    localDomains: readonly string[],
    log: Logger,
  ): Promise<WatchedLoginMap> {
    const state = await stateOf(file);
    const map = await readLoginMap(file, localDomains);
    return new WatchedLoginMap(file, localDomains, log, { map, state });
  }

  /** The table in force; while it is read again, the new one. */
  async current(): Promise<LoginMap> {
    await this.#reading;
    return this.#current;
  }

  /** Reads it now, changed or not. */
  reread(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#replace());
    return this.#reading;
  }

  /** Looks whether the file was changed; by itself each second. */
  async look(): Promise<void> {
    const state = await stateOf(this.#file);
    const isSettled = state === this.#seen;
    this.#seen = state;
    if (isSettled && state !== this.#read) await this.reread();
  }

  async #replace(): Promise<void> {
    try {
      this.#read = await stateOf(this.#file);
      this.#current = await readLoginMap(this.#file, this.#localDomains);
      this.#log.info({ file: this.#file, entries: this.#current.size }, "senders file read again");
    } catch (error) {
      this.#log.error(
        { file: this.#file, fault: error },
        "senders file cannot be read, the table before it stays in force",
      );
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** What tells one content of a file from another, without reading it. */
async function stateOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return "absent";
  }
}
