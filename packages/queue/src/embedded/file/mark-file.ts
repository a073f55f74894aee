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
 * The progress of a queue, kept outside its database. If the mark is ahead of the database, mail accepted after the
 * database's last commit has been lost.
 */
export interface Mark {
  /** The prefix of the queue's message ids. */
  readonly tag: string;
  /** The number of transactions so far. */
  readonly commits: number;
  /** The number that the next message gets. */
  readonly nextSeq: number;
  /** Messages in the queue, including dead letters. */
  readonly messages: number;
}

/** Less than a disk sector and always written whole, so that a mark is never half old and half new. */
const lengthBytes = 128;
const format = /^mailseal-queue-mark 1 ([0-9a-z]+) (\d{1,15}) (\d{1,15}) (\d{1,15}) *\n/;

function markPath(file: string): string {
  return `${file}-mark`;
}

/** Undefined if there is no mark, or it cannot be read. */
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
 * The mark is written after each commit that has reached the disk, and synced every few seconds: it can be behind the
 * database, by some seconds after a power cut, but never ahead of what was on the disk. A mark that is ahead therefore
 * means a loss, and neither a kill nor a power cut causes one. If the mark cannot be written, the queue works without.
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

  /** Call every few seconds. */
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
      // Accepting mail matters more than marking it.
    }
  }

  /** Gives the mark the mode of the database, and its owner if root creates it, because other users write it too. */
  #open(): number {
    const { mode, uid, gid } = statSync(this.#file);
    // Not "w", which would empty another process's mark for a moment.
    const descriptor = openForWriting(markPath(this.#file));
    if (process.geteuid?.() === 0) fchownSync(descriptor, uid, gid);
    try {
      fchmodSync(descriptor, mode & 0o777);
    } catch {
      // Only the owner of a file may change its mode.
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
