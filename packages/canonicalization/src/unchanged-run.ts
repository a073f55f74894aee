const htab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const sp = 0x20;

/**
 * The end of the longest run from `start`, which is content, that relaxed body canonicalization
 * leaves as it is and that ends with content: words, single spaces between them, and line ends
 * between lines of which the next begins with content. What cannot be told within `chunk` ends it.
 */
export function endOfUnchangedRun(chunk: Uint8Array, start: number): number {
  const size = chunk.length;
  let at = start;
  for (;;) {
    while (at < size && (chunk[at] ?? 0) > sp) {
      at++;
    }
    if (at >= size) {
      return size;
    }
    const byte = chunk[at];
    if (byte === sp) {
      if (!isContent(chunk, at + 1)) {
        return at;
      }
      at += 2;
    } else if (byte === cr) {
      if (chunk[at + 1] !== lf || !isContent(chunk, at + 2)) {
        return at;
      }
      at += 3;
    } else if (byte === htab) {
      return at;
    } else {
      // Bare LF, NUL and other controls.
      at++;
    }
  }
}

function isContent(chunk: Uint8Array, at: number): boolean {
  const byte = chunk[at];
  return byte !== undefined && byte !== sp && byte !== htab && byte !== cr;
}
