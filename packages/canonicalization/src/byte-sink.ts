import { Buffer } from "node:buffer";

const initialBytes = 4096;

/**
 * A buffer that grows as needed and can be reused after `reset`.
 *
 * ```ts
 * const sink = new ByteSink();
 * const field = Buffer.from("Subject:  Lunch\r\n");
 * canonicalizeField(field, 0, field.length, "relaxed", sink);
 * Buffer.from(sink.bytes()).toString(); // "subject:Lunch\r\n"
 * ```
 */
export class ByteSink {
  #buffer: Buffer = Buffer.allocUnsafe(initialBytes);
  #length = 0;

  /** How many bytes it has taken. */
  get length(): number {
    return this.#length;
  }

  /** Empties the buffer. Later writes overwrite the views that `bytes` returned. */
  reset(): void {
    this.#length = 0;
  }

  /** Takes the bytes from `start` to `end`. */
  write(bytes: Uint8Array, start: number = 0, end: number = bytes.length): void {
    const to = this.reserve(end - start);
    to.set(bytes.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  /** Takes one byte. */
  writeByte(byte: number): void {
    this.reserve(1)[this.#length++] = byte;
  }

  /** A view of the bytes written so far, valid until the next write or reset. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Makes room for `count` bytes after `length`. Write them into the returned buffer, then call `advance`. */
  reserve(count: number): Uint8Array {
    const needed = this.#length + count;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    return this.#buffer;
  }

  /** Sets the length, after writing into the buffer that `reserve` returned. */
  advance(length: number): void {
    this.#length = length;
  }
}
