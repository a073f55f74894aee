import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";

const pieceBytes = 64 * 1024;

/**
 * A temporary file without a name. It is unlinked as soon as it is open, so that even a killed process leaves
 * nothing behind. If the system does not allow that, it is removed when it is closed.
 */
export class SpillFile {
  readonly #file: FileHandle;
  readonly #leftover: string | undefined;
  #sizeBytes = 0;
  #closed = false;

  private constructor(file: FileHandle, leftover: string | undefined) {
    this.#file = file;
    this.#leftover = leftover;
  }

  static async create(directory: string): Promise<SpillFile> {
    const path = join(directory, `mailseal-${randomUUID()}`);
    const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600);
    try {
      await unlink(path);
      return new SpillFile(file, undefined);
    } catch {
      return new SpillFile(file, path);
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Throws if the disk is full; the file cannot be used then. */
  async append(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const { bytesWritten } = await this.#file.write(
        chunk,
        at,
        chunk.length - at,
        this.#sizeBytes,
      );
      at += bytesWritten;
      this.#sizeBytes += bytesWritten;
    }
  }

  /** The whole content; each call starts from the beginning. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    for (let position = 0; position < this.#sizeBytes;) {
      // A new buffer each time: the last one may still be waiting in a socket.
      const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, this.#sizeBytes - position));
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) {
        throw new Error(`the spill file ends after ${position} of ${this.#sizeBytes} octets`);
      }
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    await this.#file.close();
    if (this.#leftover !== undefined) {
      await unlink(this.#leftover).catch(() => undefined);
    }
  }
}
