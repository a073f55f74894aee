import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/**
 * Copies of SQLite files, to be read in place of the originals: opening those as root could leave files of root beside them,
 * which keep the relay and the worker from their own databases.
 */
export class DatabaseCopies {
  #folder: Promise<string> | undefined;

  /** The path of a copy; undefined if there is no such file. */
  async copy(file: string): Promise<string | undefined> {
    this.#folder ??= mkdtemp(join(tmpdir(), "mailseal-doctor-"));
    const copy = join(await this.#folder, basename(file));
    try {
      await copyFile(file, copy);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
    // Changes that are not in the file itself yet.
    await copyFile(`${file}-wal`, `${copy}-wal`).catch(() => undefined);
    return copy;
  }

  /** Removes the copies. */
  async close(): Promise<void> {
    if (this.#folder === undefined) return;
    await rm(await this.#folder, { recursive: true, force: true });
  }
}
