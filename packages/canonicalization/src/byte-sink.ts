import { Buffer } from "node:buffer";

const initialBytes = 4096;

/** A buffer that grows with what is written, and is used again and again. */
export class ByteSink {
  #buffer: Buffer = Buffer.allocUnsafe(initialBytes);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Empties it; what `bytes` returned before is overwritten from now on. */
  reset(): void {
    this.#length = 0;
  }

  write(bytes: Uint8Array, start: number = 0, end: number = bytes.length): void {
    const to = this.reserve(end - start);
    to.set(bytes.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  writeByte(byte: number): void {
    this.reserve(1)[this.#length++] = byte;
  }

  /** What was written: a view, valid until the next write or reset. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Room for `count` bytes from `length` on, to be written directly and then told by `advance`. */
  reserve(count: number): Uint8Array {
    const needed = this.#length + count;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    return this.#buffer;
  }

  /** Sets the length after writing into what `reserve` returned. */
  advance(length: number): void {
    this.#length = length;
  }
}
