import { stat } from "node:fs/promises";
import type { Logger } from "@mailseal/service";

const lookMs = 1000;

export interface TableSource<Table> {
  readonly file: string;
  /** What the log calls it, as in "senders file". */
  readonly name: string;
  readonly read: (file: string) => Promise<Table>;
}

/**
 * A table in a file, read again when the file was changed: looked at each second, and read when it has not
 * changed for one, so that a table which is being written is not taken for a shorter one. A table that cannot be
 * read leaves the one before in force, and an error in the log.
 */
export class WatchedTable<Table extends { readonly size: number }> {
  readonly #source: TableSource<Table>;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #current: Table;
  #read: string;
  #seen: string;
  #reading: Promise<void> = Promise.resolve();

  private constructor(
    source: TableSource<Table>,
    log: Logger,
    first: { readonly table: Table; readonly state: string },
  ) {
    this.#source = source;
    this.#log = log;
    this.#current = first.table;
    this.#read = first.state;
    this.#seen = first.state;
    this.#timer = setInterval(() => void this.look(), lookMs);
    this.#timer.unref();
  }

  /** Rejects with what `read` rejects with. */
  static async open<Table extends { readonly size: number }>(
    source: TableSource<Table>,
    log: Logger,
  ): Promise<WatchedTable<Table>> {
    const state = await stateOf(source.file);
    return new WatchedTable(source, log, { table: await source.read(source.file), state });
  }

  /** The table in force; while it is read again, the new one. */
  async current(): Promise<Table> {
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
    const state = await stateOf(this.#source.file);
    const isSettled = state === this.#seen;
    this.#seen = state;
    if (isSettled && state !== this.#read) await this.reread();
  }

  async #replace(): Promise<void> {
    const { file, name, read } = this.#source;
    try {
      this.#read = await stateOf(file);
      this.#current = await read(file);
      this.#log.info({ file, entries: this.#current.size }, `${name} read again`);
    } catch (error) {
      this.#log.error(
        { file, fault: error },
        `${name} cannot be read, the table before it stays in force`,
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
