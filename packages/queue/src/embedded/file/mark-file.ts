import {
  closeSync,
  fchmodSync,
  fchownSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";

/**
 * How far a queue had come, told outside of its database: what was promised after the last commit that is in
 * the database has been lost.
 */
export interface Mark {
  /** What ids of the queue begin with. */
  readonly tag: string;
  /** Transactions so far. */
  readonly commits: number;
  /** The next number of a message. */
  readonly nextSeq: number;
  /** In the queue, dead letters among them. */
  readonly messages: number;
}

/** Less than a sector, and always written whole: it is never half old and half new. */
const lengthBytes = 128;
const format = /^mailseal-queue-mark 1 ([0-9a-z]+) (\d{1,15}) (\d{1,15}) (\d{1,15}) *\n/;

function markPath(file: string): string {
  return `${file}-mark`;
}

/** Undefined: there is none, or none that can be read. */
export function readMark(file: string): Mark | undefined {
  let text: string;
  try {
    text = readFileSync(markPath(file), "latin1");
  } catch {
    return undefined;
  }
  const [, tag, commits, nextSeq, messages] = format.exec(text) ?? [];
  return tag === undefined
    ? undefined
    : { tag, commits: Number(commits), nextSeq: Number(nextSeq), messages: Number(messages) };
}

/**
 * Written after each commit, when that is on the disk, and synced only now and then: it can be behind the
 * database, after a power cut by some seconds, but never ahead of what was on the disk. So a mark that is ahead
 * means a loss, and no kill and no power cut makes one. If it cannot be written the queue goes on without.
 */
export class MarkFile {
  readonly #file: string;
  readonly #bytes = Buffer.alloc(lengthBytes, " ");
  #descriptor: number | undefined;
  #isSynced = true;

  constructor(file: string) {
    this.#file = file;
  }

  write({ tag, commits, nextSeq, messages }: Mark): void {
    const line = `mailseal-queue-mark 1 ${tag} ${commits} ${nextSeq} ${messages}`;
    this.#bytes.fill(" ").write(line, "latin1");
    this.#bytes[lengthBytes - 1] = 0x0a;
    this.#attempt((descriptor) => writeSync(descriptor, this.#bytes, 0, lengthBytes, 0));
    this.#isSynced = false;
  }

  /** To be called every few seconds. */
  sync(): void {
    if (this.#isSynced) return;
    this.#attempt(fdatasyncSync);
    this.#isSynced = true;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #attempt(act: (descriptor: number) => void): void {
    try {
      this.#descriptor ??= this.#open();
      act(this.#descriptor);
    } catch {
      // Mail is more than its mark.
    }
  }

  /** With the mode of the database, and its owner if root is the first: others write it too. */
  #open(): number {
    const { mode, uid, gid } = statSync(this.#file);
    // Not "w": another process's mark must not be gone for a moment.
    const descriptor = openForWriting(markPath(this.#file));
    if (process.geteuid?.() === 0) fchownSync(descriptor, uid, gid);
    try {
      fchmodSync(descriptor, mode & 0o777);
    } catch {
      // Somebody else's.
    }
    return descriptor;
  }
}

function openForWriting(path: string): number {
  try {
    return openSync(path, "r+");
  } catch {
    return openSync(path, "wx");
  }
}
