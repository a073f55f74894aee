/**
 * Receives canonical bytes: `start` to `end` of `bytes`, valid only during the call. "last" means that no more
 * follow; a body can also end without such a call.
 */
export type CanonicalOutput = (
  bytes: Uint8Array,
  start: number,
  end: number,
  position: "inner" | "last",
) => void;

const bufferBytes = 16 * 1024;
/** A run of at least this size goes to the output uncopied; for a shorter one, copying is cheaper than a call. */
const directBytes = 4096;
const cr = 0x0d;
const lf = 0x0a;

/** Buffers of canonicalizers that have finished, for the next ones: most bodies fit into one. */
const spareBuffers: Uint8Array[] = [];
const maxSpareBuffers = 16;

/** Collects short runs, so that the output is called less often, and passes long ones on uncopied. */
export class RunBuffer {
  readonly #output: CanonicalOutput;
  readonly #buffer: Uint8Array = spareBuffers.pop() ?? new Uint8Array(bufferBytes);
  #length = 0;
  #finished = false;

  constructor(output: CanonicalOutput) {
    this.#output = output;
  }

  writeByte(byte: number): void {
    if (this.#length === bufferBytes) {
      this.#flush("inner");
    }
    this.#buffer[this.#length++] = byte;
  }

  writeRun(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (size >= directBytes) {
      this.#flush("inner");
      this.#output(bytes, start, end, "inner");
      return;
    }
    if (this.#length + size > bufferBytes) {
      this.#flush("inner");
    }
    this.#buffer.set(bytes.subarray(start, end), this.#length);
    this.#length += size;
  }

  /** Writes `count` line ends, any number of them, in bounded memory. */
  writeLineEnds(count: number): void {
    for (let left = count; left > 0; left--) {
      if (this.#length + 2 > bufferBytes) {
        this.#flush("inner");
      }
      this.#buffer[this.#length++] = cr;
      this.#buffer[this.#length++] = lf;
    }
  }

  /** Passes the remaining bytes to the output and releases the buffer. */
  finish(): void {
    this.#flush("last");
    // A buffer that is released twice would be used by two bodies at once.
    if (!this.#finished && spareBuffers.length < maxSpareBuffers) {
      spareBuffers.push(this.#buffer);
    }
    this.#finished = true;
  }

  #flush(position: "inner" | "last"): void {
    if (this.#length > 0) {
      this.#output(this.#buffer, 0, this.#length, position);
      this.#length = 0;
    }
  }
}
