import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { asArray, asCount, asObject, asText, parseSnapshot } from "../snapshot/parse-snapshot.ts";
import type { AggregatorState } from "./aggregator.ts";

/** What a store had. */
export interface StoredState {
  /** Absent where nothing was stored, or nothing that can be read. */
  readonly state?: AggregatorState;
  /** What could not be read, where it is kept now, and why. */
  readonly setAside?: { readonly path: string; readonly reason: string };
}

/** Where the totals outlive the process. */
export interface StatisticsStore {
  load(): Promise<StoredState>;
  /** Resolves when the state is durable; a crash before that leaves the one before. */
  save(state: AggregatorState): Promise<void>;
}

const HEADING = /^mailseal-statistics 1 ([0-9a-f]{64})$/;

/**
 * One file: a line with the SHA-256 of the rest, then JSON. It is replaced as a whole (written beside,
 * fsync, rename, fsync of the folder). A file that is damaged is renamed to `<path>.damaged`, in place of an
 * earlier one, and counting begins at zero. One process at a time may use it. Errors of the file system reject.
 */
export function fileStore(path: string): StatisticsStore {
  return {
    async load() {
      const text = await readIfThere(path);
      if (text === undefined) return {};
      try {
        return { state: parseState(text) };
      } catch (error) {
        const damaged = `${path}.damaged`;
        await rename(path, damaged);
        const reason = error instanceof Error ? error.message : String(error);
        return { setAside: { path: damaged, reason } };
      }
    },
    async save(state) {
      const json = JSON.stringify(state);
      const beside = `${path}.new`;
      await mkdir(dirname(path), { recursive: true });
      await writeDurably(beside, `mailseal-statistics 1 ${digestOf(json)}\n${json}\n`);
      await rename(beside, path);
      await syncFolder(dirname(path));
    },
  };
}

function parseState(text: string): AggregatorState {
  const end = text.indexOf("\n");
  const json = text.slice(end + 1, -1);
  const [, digest] = HEADING.exec(text.slice(0, Math.max(0, end))) ?? [];
  if (digest === undefined) throw new Error("it does not begin as a file of statistics does");
  if (digest !== digestOf(json)) throw new Error("its content does not match its SHA-256");
  const parts = asObject(JSON.parse(json), "the state");
  return {
    epoch: asCount(parts["epoch"], "epoch"),
    processes: asArray(parts["processes"], "processes").map((pair) => {
      const [processId, sequence] = asArray(pair, "processes");
      return [asText(processId, "processes"), asCount(sequence, "processes")];
    }),
    snapshot: parseSnapshot(parts["snapshot"]),
  };
}

function digestOf(json: string): string {
  return createHash("sha256").update(json).digest("hex");
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "w", 0o640);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
