import { Buffer } from "node:buffer";

const cr = 0x0d;
const lf = 0x0a;
const nothing: Uint8Array = new Uint8Array(0);

export interface LineEndingCounts {
  readonly crlf: number;
  readonly bareLf: number;
  readonly bareCr: number;
}

export interface CrlfOptions {
  /** A CR without LF ends a line ("fix", the default) or is content ("keep"). */
  readonly bareCr?: "fix" | "keep";
}

/** The number of lines with each line ending. */
export function countLineEndings(bytes: Uint8Array): LineEndingCounts {
  let crlf = 0;
  let bareLf = 0;
  let bareCr = 0;
  for (let at = bytes.indexOf(lf); at >= 0; at = bytes.indexOf(lf, at + 1)) {
    if (at > 0 && bytes[at - 1] === cr) {
      crlf++;
    } else {
      bareLf++;
    }
  }
  for (let at = bytes.indexOf(cr); at >= 0; at = bytes.indexOf(cr, at + 1)) {
    if (bytes[at + 1] !== lf) {
      bareCr++;
    }
  }
  return { crlf, bareLf, bareCr };
}

/** Makes every line end with CRLF. Returns the same array if nothing changes. */
export function toCrlf(bytes: Uint8Array, options: CrlfOptions = {}): Uint8Array {
  const fixer = new CrlfFixer(options);
  const fixed = fixer.push(bytes);
  const rest = fixer.end();
  // Bytes are only added, so the same size means the same bytes.
  if (fixed.length + rest.length === bytes.length) {
    return bytes;
  }
  return rest.length === 0 ? fixed : Buffer.concat([fixed, rest]);
}

/**
 * `toCrlf` for a message in pieces: what `push` and `end` return, put together, does not depend on
 * where the pieces end. A CR at the end of a piece is held back until the next.
 */
export class CrlfFixer {
  readonly #fixBareCr: boolean;
  #heldCr = false;

  constructor(options: CrlfOptions = {}) {
    this.#fixBareCr = options.bareCr !== "keep";
  }

  /** The converted bytes so far: a view of `chunk` if nothing changes. */
  push(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) {
      return nothing;
    }
    const held = this.#heldCr;
    const end = chunk.at(-1) === cr ? chunk.length - 1 : chunk.length;
    this.#heldCr = end < chunk.length;
    const heldBytes = !held ? 0 : chunk[0] === lf ? 1 : this.#fixBareCr ? 2 : 1;
    const added = this.#countAdded(chunk, end, held);
    if (heldBytes === 0 && added === 0) {
      return chunk.subarray(0, end);
    }
    const fixed = new Uint8Array(heldBytes + end + added);
    let to = 0;
    if (held) {
      fixed[to++] = cr;
      if (heldBytes === 2) {
        fixed[to++] = lf;
      }
    }
    let previous = held ? cr : -1;
    for (let at = 0; at < end; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === lf && previous !== cr) {
        fixed[to++] = cr;
      }
      fixed[to++] = byte;
      // Within `end` every CR has a next byte; the last one was held back.
      if (byte === cr && this.#fixBareCr && chunk[at + 1] !== lf) {
        fixed[to++] = lf;
      }
      previous = byte;
    }
    return fixed;
  }

  /** The bytes for a CR that was held back. The fixer can then be used again. */
  end(): Uint8Array {
    if (!this.#heldCr) {
      return nothing;
    }
    this.#heldCr = false;
    return this.#fixBareCr ? Uint8Array.of(cr, lf) : Uint8Array.of(cr);
  }

  #countAdded(chunk: Uint8Array, end: number, held: boolean): number {
    let added = 0;
    for (let at = chunk.indexOf(lf); at >= 0 && at < end; at = chunk.indexOf(lf, at + 1)) {
      if (at === 0 ? !held : chunk[at - 1] !== cr) {
        added++;
      }
    }
    if (this.#fixBareCr) {
      for (let at = chunk.indexOf(cr); at >= 0 && at < end; at = chunk.indexOf(cr, at + 1)) {
        if (chunk[at + 1] !== lf) {
          added++;
        }
      }
    }
    return added;
  }
}
