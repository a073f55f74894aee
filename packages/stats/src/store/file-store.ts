import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { argumentCheck, text as textRule } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";
import { asArray, asCount, asObject, asText, parseSnapshot } from "../snapshot/parse-snapshot.ts";
import type { AggregatorState } from "./aggregator.ts";

/** The content of a store. */
export interface StoredState {
  /** Absent if nothing readable was stored. */
  readonly state?: AggregatorState;
  /** The damaged content: where it was moved to, and what is wrong with it. */
  readonly setAside?: { readonly path: string; readonly reason: string };
}

/** Keeps the totals across restarts. */
export interface StatisticsStore {
  /** Reads what was saved last. Damaged content is set aside. */
  load(): Promise<StoredState>;
  /** Resolves when the state is durable. A crash before that leaves the previous state. */
  save(state: AggregatorState): Promise<void>;
}

const HEADING = /^mailseal-statistics 1 ([0-9a-f]{64})$/;

const checkPath = argumentCheck("path", textRule, invalidOption);

/**
 * Keeps the state in one file: a line with the SHA-256 of the rest, then JSON. The file is replaced as a
 * whole (write a new file, fsync, rename, fsync of the directory). A damaged file is renamed to
 * `<path>.damaged`, replacing an earlier one, and counting starts at zero. Only one process at a time may use
 * the file. Errors of the file system reject.
 *
 * ```ts
 * const saved = await keepSaved({ aggregator, store: fileStore("/var/lib/mailseal/statistics") });
 * ```
 */
export function fileStore(path: string): StatisticsStore {
  checkPath(path);
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
  if (digest === undefined) throw new Error("it does not start like a statistics file");
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
