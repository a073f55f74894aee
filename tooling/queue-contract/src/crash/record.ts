import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";

/**
 * An event in a process.
 * - adding: it is about to add a message for the first time
 * - acked, refused: `add` resolved, or rejected with the code
 * - got, spoiled, bodyless: it took a message, whose bytes are right, wrong, or missing
 * - giving-back: it is about to retry or release a message
 * - done: `done` resolved
 */
export type Seen =
  | "adding"
  | "acked"
  | "refused"
  | "got"
  | "spoiled"
  | "bodyless"
  | "giving-back"
  | "done";

export interface Entry {
  readonly seen: Seen;
  /** The key of one destination of a message. */
  readonly key: string;
  readonly by: string;
  readonly atMs: number;
  /** The code of a refusal. */
  readonly code?: string;
}

/** Writes events to a file without a buffer, so that a killed process loses none. */
export class Recorder {
  readonly #by: string;
  readonly #file: number;

  constructor(by: string, path: string) {
    this.#by = by;
    this.#file = openSync(path, "a");
  }

  /** Writes all keys at once: a killed process has written all of them, or none. */
  write(seen: Exclude<Seen, "refused">, ...keys: readonly string[]): void {
    const atMs = machineMs();
    this.#write(keys.map((key) => ({ seen, key, by: this.#by, atMs })));
  }

  writeRefusal(key: string, code: string): void {
    this.#write([{ seen: "refused", key, by: this.#by, atMs: machineMs(), code }]);
  }

  #write(entries: readonly Entry[]): void {
    writeSync(this.#file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  }
}

export function readRecord(path: string): readonly Entry[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Entry);
}

/** Counts the acknowledgements in growing records, and reads each byte once. */
export class AcknowledgedCounts {
  readonly #read = new Map<string, { readonly atByte: number; readonly count: number }>();

  /** 0 if there is no record yet. */
  count(path: string): number {
    let { atByte, count } = this.#read.get(path) ?? { atByte: 0, count: 0 };
    const piece = Buffer.alloc(64 * 1024);
    let file: number;
    try {
      file = openSync(path, "r");
    } catch {
      return count;
    }
    try {
      for (;;) {
        const bytes = piece.subarray(0, readSync(file, piece, 0, piece.length, atByte));
        const lines = bytes.subarray(0, bytes.lastIndexOf("\n") + 1);
        if (lines.length === 0) break;
        count += lines.toString("latin1").split('"seen":"acked"').length - 1;
        atByte += lines.length;
      }
    } finally {
      closeSync(file);
    }
    this.#read.set(path, { atByte, count });
    return count;
  }
}

/** A clock that all processes of a machine share, and that nobody sets. */
export function machineMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
