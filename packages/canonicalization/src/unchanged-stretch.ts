const htab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const sp = 0x20;

/** Shorter stretches are not worth a search. */
const leastStretchBytes = 16 * 1024;

/**
 * Finds, in one chunk, long stretches without SP and HTAB: an attachment in base64 has no white space
 * but its line ends, which relaxed canonicalization leaves as they are. There the engine's own search
 * is many times faster than a loop over bytes. It is asked once every `leastStretchBytes`, so that
 * hostile alternation costs no more than the loop.
 */
export class UnchangedStretches {
  readonly #chunk: Uint8Array;
  #nextSearch = 0;
  #nextSp = -1;
  #nextHtab = -1;

  constructor(chunk: Uint8Array) {
    this.#chunk = chunk;
  }

  /** Up to here it pays to go on byte by byte. */
  get nextSearch(): number {
    return this.#nextSearch;
  }

  /**
   * The end, after content, of the stretch that begins with the content at `start`; `start` itself
   * where it is no long one. Calls go from left to right.
   */
  endFrom(start: number): number {
    if (start < this.#nextSearch) {
      return start;
    }
    if (this.#chunk.length - start < leastStretchBytes) {
      this.#nextSearch = this.#chunk.length;
      return start;
    }
    if (this.#nextSp < start) {
      this.#nextSp = indexOrEnd(this.#chunk, sp, start);
    }
    if (this.#nextHtab < start) {
      this.#nextHtab = indexOrEnd(this.#chunk, htab, start);
    }
    const blank = Math.min(this.#nextSp, this.#nextHtab);
    if (blank - start >= leastStretchBytes) {
      return endOfContent(this.#chunk, start, blank);
    }
    this.#nextSearch = start + leastStretchBytes;
    return start;
  }
}

function indexOrEnd(chunk: Uint8Array, byte: number, start: number): number {
  // Buffer's search uses the processor's widest instructions, that of Uint8Array is a plain loop.
  const index = Buffer.prototype.indexOf.call(chunk, byte, start);
  return index < 0 ? chunk.length : index;
}

/** Line ends before white space may yet turn out to end the body: the stretch stops before them. */
function endOfContent(chunk: Uint8Array, start: number, blank: number): number {
  let end = blank;
  while (end > start + 1 && (chunk[end - 1] === cr || chunk[end - 1] === lf)) {
    end--;
  }
  return end;
}
