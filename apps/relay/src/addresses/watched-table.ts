import { stat } from "node:fs/promises";
import type { Logger } from "@mailseal/service";

const checkIntervalMs = 1000;

export interface TableSource<Table> {
  readonly file: string;
  /** Its name in the log, such as "senders file". */
  readonly name: string;
  readonly read: (file: string) => Promise<Table>;
}

/**
 * A table in a file, which is read again when the file changes. The file is checked each second, and read when it
 * has not changed for one, so that a half-written table is not read. If the table cannot be read, the previous one
 * stays in force, and the log has an error.
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
    this.#timer = setInterval(() => void this.look(), checkIntervalMs);
    this.#timer.unref();
  }

  /** Rejects like `read` if the table cannot be read. */
  static async open<Table extends { readonly size: number }>(
    source: TableSource<Table>,
    log: Logger,
  ): Promise<WatchedTable<Table>> {
    const state = await stateOf(source.file);
    return new WatchedTable(source, log, { table: await source.read(source.file), state });
  }

  /** The table in force. Waits for a read in progress. */
  async current(): Promise<Table> {
    await this.#reading;
    return this.#current;
  }

  /** Reads the file now, even if it has not changed. */
  reread(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#replace());
    return this.#reading;
  }

  /** Checks whether the file has changed. Runs by itself each second. */
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
        `${name} cannot be read, the previous table stays in force`,
      );
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** Identifies a version of a file without reading it. */
async function stateOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return "absent";
  }
}
