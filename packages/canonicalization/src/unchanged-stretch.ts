const htab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const sp = 0x20;

/** Shorter stretches are not worth a search. */
const leastStretchBytes = 16 * 1024;

/**
 * Finds long stretches without SP and HTAB in one chunk. An attachment in base64 has no white space except its line
 * ends, which relaxed canonicalization keeps. The engine's own search finds the end of such a stretch many times
 * faster than a loop over bytes. It is called at most once every `leastStretchBytes`, so that a hostile mix costs
 * no more than the loop.
 */
export class UnchangedStretches {
  readonly #chunk: Uint8Array;
  #nextSearch = 0;
  #nextSp = -1;
  #nextHtab = -1;

  constructor(chunk: Uint8Array) {
    this.#chunk = chunk;
  }

  /** Before this offset, going byte by byte is faster than a search. */
  get nextSearch(): number {
    return this.#nextSearch;
  }

  /**
   * The end of the stretch that begins with the content at `start`, just after content; `start` itself if there
   * is no long stretch. Call it from left to right.
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
  // The search of Buffer uses the widest instructions of the processor; that of Uint8Array is a plain loop.
  const index = Buffer.prototype.indexOf.call(chunk, byte, start);
  return index < 0 ? chunk.length : index;
}

/** Line ends before white space may be the end of the body, so the stretch stops before them. */
function endOfContent(chunk: Uint8Array, start: number, blank: number): number {
  let end = blank;
  while (end > start + 1 && (chunk[end - 1] === cr || chunk[end - 1] === lf)) {
    end--;
  }
  return end;
}
