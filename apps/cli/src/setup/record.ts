import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import process from "node:process";
import { writeDurably } from "@mailseal/rotation";
import { fileStateOn, type Host, namesOn, pathOn, readTextOn } from "../host/host.ts";
import { layout } from "../host/layout.ts";
import { actionsOf, type Before, type Change, type FileStore } from "./changes/change.ts";
import { SetupError } from "./setup-error.ts";

/** A change in the record. A crash can leave one that was planned, and perhaps made. */
export interface RecordEntry {
  readonly change: Change;
  readonly before: Before;
  readonly state: "planned" | "made";
}

const directory = `${layout.state}/setup`;
const file = `${directory}/record.json`;
const filesDirectory = `${directory}/files`;
const version = 1;

/**
 * The record of what a setup has done, in /var/lib/mailseal/setup: each change with the state before it, and the files that
 * were replaced. An entry is written before its change is made, so that a crash leaves nothing that is not in it.
 */
export class SetupRecord {
  readonly #host: Host;
  #entries: readonly RecordEntry[];
  readonly #kept = new Set<string>();
  /** The directory of the state did not exist before the record. */
  readonly #madeState: boolean;

  private constructor(host: Host, entries: readonly RecordEntry[], madeState: boolean) {
    this.#host = host;
    this.#entries = entries;
    this.#madeState = madeState;
  }

  /** Throws a `SetupError` if the record cannot be understood. */
  static async open(host: Host): Promise<SetupRecord> {
    await checkOwner(host);
    const text = await readTextOn(host, file);
    if (text === undefined) {
      return new SetupRecord(host, [], (await fileStateOn(host, layout.state)) === undefined);
    }
    const { entries, madeState } = contentOf(text);
    return new SetupRecord(host, entries, madeState);
  }

  /** Oldest first. */
  get entries(): readonly RecordEntry[] {
    return this.#entries;
  }

  /** Makes a change, with an entry before and after it. */
  async make(change: Change): Promise<void> {
    const actions = actionsOf(change);
    const before = await actions.before(this.#host, this.#files);
    const earlier = this.#entries;
    await this.#write([...earlier, { change, before, state: "planned" }]);
    await actions.make(this.#host);
    await this.#write([...earlier, { change, before, state: "made" }]);
  }

  /** Finds out what became of the changes during which a setup broke off. */
  async settle(): Promise<void> {
    const settled: RecordEntry[] = [];
    for (const entry of this.#entries) {
      if (entry.state === "made") settled.push(entry);
      else if (await actionsOf(entry.change).isMade(this.#host)) {
        settled.push({ ...entry, state: "made" });
      }
      // The plan contains it again, from the state before it.
      else await actionsOf(entry.change).undo(this.#host, entry.before, this.#files);
    }
    if (this.#entries.some(({ state }) => state === "planned")) await this.#write(settled);
  }

  /**
   * Takes back the changes that `which` selects, the latest first. Resolves to the reasons for what had to stay. Each entry
   * goes as soon as its change is taken back, so that an undo that breaks off can be repeated.
   */
  async undo(which: (change: Change) => boolean): Promise<readonly string[]> {
    const kept: string[] = [];
    for (const entry of this.#entries.toReversed()) {
      if (!which(entry.change)) continue;
      const undone = await actionsOf(entry.change).undo(this.#host, entry.before, this.#files);
      if (undone.kept !== undefined) kept.push(undone.kept);
      await this.#write(this.#entries.filter((each) => each !== entry));
      if (undone.kept === undefined) await this.#forget(entry.before);
      // A file that is kept can be compared with the old one.
      else for (const copy of copiesOf(entry.before)) this.#kept.add(copy);
    }
    return kept;
  }

  /** Removes the record once nothing is left to take back. Copies of files that were kept stay. */
  async remove(): Promise<void> {
    for (const name of await namesOn(this.#host, filesDirectory)) {
      // A setup that was killed may have left copies without an entry.
      const copy = `${filesDirectory}/${name}`;
      if (!this.#kept.has(copy)) await rm(pathOn(this.#host, copy), { force: true });
    }
    if (this.#kept.size > 0) {
      await rm(pathOn(this.#host, file), { force: true });
      return;
    }
    await rm(pathOn(this.#host, directory), { recursive: true, force: true });
    // The record was the first thing in it.
    if (this.#madeState && (await namesOn(this.#host, layout.state)).length === 0) {
      await rm(pathOn(this.#host, layout.state), { recursive: true, force: true });
    }
  }

  /** Removes the copies of a change that is taken back. */
  async #forget(before: Before): Promise<void> {
    for (const copy of copiesOf(before)) await rm(pathOn(this.#host, copy), { force: true });
  }

  get #files(): FileStore {
    return {
      save: async (path) => {
        const names = await namesOn(this.#host, filesDirectory);
        const number = Math.max(0, ...names.map((name) => Number.parseInt(name, 10) || 0)) + 1;
        const name = `${number}-${path.slice(1).replaceAll("/", "-")}`;
        await mkdir(pathOn(this.#host, filesDirectory), { recursive: true, mode: 0o700 });
        await copyFile(pathOn(this.#host, path), pathOn(this.#host, `${filesDirectory}/${name}`));
        return `${filesDirectory}/${name}`;
      },
      read: (saved) => readFile(pathOn(this.#host, saved)),
    };
  }

  async #write(entries: readonly RecordEntry[]): Promise<void> {
    const content = { version, madeState: this.#madeState, entries };
    const text = `${JSON.stringify(content, undefined, 2)}\n`;
    await writeDurably(pathOn(this.#host, file), text, { mode: 0o600 });
    this.#entries = entries;
  }
}

/** The copies of files that an undo needs. */
function copiesOf(before: Before): readonly string[] {
  switch (before.state) {
    case "parameters":
      return before.saved.map(({ saved }) => saved);
    case "file":
      return before.saved === "" ? [] : [before.saved];
    default:
      return [];
  }
}

/**
 * The directory above belongs to the user of the relay, who could put another record in the place of ours: an undo would then
 * write files of that user's choice as root. Nobody else can make a directory that belongs to root.
 */
async function checkOwner(host: Host): Promise<void> {
  const found = await fileStateOn(host, directory);
  if (found === undefined) return;
  const isSafe =
    found.kind === "directory" && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
  if (!isSafe) {
    throw new SetupError(
      `${directory} does not belong to root alone, so its record may be somebody else's; look at it, then move it away`,
    );
  }
}

/** The file was written by this program, for root only; what is checked is that it is whole and of this version. */
function contentOf(text: string): {
  readonly entries: readonly RecordEntry[];
  readonly madeState: boolean;
} {
  let record: {
    readonly version?: unknown;
    readonly madeState?: unknown;
    readonly entries?: unknown;
  } | null;
  try {
    record = JSON.parse(text) as typeof record;
  } catch {
    record = null;
  }
  if (record?.version !== version || !Array.isArray(record.entries)) {
    throw new SetupError(
      `the record of the setup in ${file} cannot be read by this version of mailseal; use the version that wrote it, or move ${directory} away (then --undo no longer knows what was done)`,
    );
  }
  return {
    entries: record.entries as readonly RecordEntry[],
    madeState: record.madeState === true,
  };
}
