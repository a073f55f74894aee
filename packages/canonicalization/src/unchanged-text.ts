const htab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const sp = 0x20;

/** What `copyUnchangedText` may write beyond the input it takes: nothing, but a line end is not split. */
export const textMargin = 2;

/**
 * Copies to `to`, from `at` on, what relaxed body canonicalization leaves as it is: words, single
 * spaces between them, and line ends between lines of which the next begins with content. `chunk`
 * has content at `start`. Stops before what may change, what cannot be told within the chunk, and
 * at `limit`; returns how many bytes it copied.
 */
export function copyUnchangedText(
  chunk: Uint8Array,
  start: number,
  limit: number,
  to: Uint8Array,
  at: number,
): number {
  let from = start;
  let length = at;
  while (from < limit) {
    const byte = chunk[from] ?? 0;
    if (byte > sp) {
      to[length++] = byte;
      from++;
    } else if (byte === sp) {
      if (!isContent(chunk, from + 1)) {
        break;
      }
      to[length++] = sp;
      from++;
    } else if (byte === cr) {
      if (chunk[from + 1] !== lf || !isContent(chunk, from + 2)) {
        break;
      }
      to[length++] = cr;
      to[length++] = lf;
      from += 2;
    } else if (byte === htab) {
      break;
    } else {
      // Bare LF, NUL and other controls.
      to[length++] = byte;
      from++;
    }
  }
  return from - start;
}

function isContent(chunk: Uint8Array, at: number): boolean {
  const byte = chunk[at];
  return byte !== undefined && byte !== sp && byte !== htab && byte !== cr;
}
