/** A field name as written, and in lower case. */
export interface FieldName {
  readonly name: string;
  readonly key: string;
}

const slots = 256;
const longestKept = 40;
/** The names seen last: mail repeats a few names, and making strings is expensive. */
const kept: (FieldName | undefined)[] = Array.from({ length: slots });

/** @internal The name from `start` to `end` of `text`, as latin1: one character per byte. */
export function fieldNameAt(text: Buffer, start: number, end: number): FieldName {
  const length = end - start;
  const slot = slotOf(length, text[start] ?? 0, text[end - 1] ?? 0);
  const candidate = kept[slot];
  if (candidate?.name.length === length) {
    const { name } = candidate;
    let index = 0;
    while (index < length && name.charCodeAt(index) === text[start + index]) index++;
    if (index === length) return candidate;
  }
  const name = text.toString("latin1", start, end);
  const made = { name, key: name.toLowerCase() };
  if (length <= longestKept) {
    kept[slot] = made;
  }
  return made;
}

/**
 * The same for a string: names in h= that occur in the header become the strings of the header, which are faster
 * to look up. It caches nothing, because a part of a string can keep the whole string in memory.
 */
export function fieldNameIn(text: string, start: number, end: number): FieldName {
  const length = end - start;
  const candidate = kept[slotOf(length, text.charCodeAt(start), text.charCodeAt(end - 1))];
  if (candidate?.name.length === length) {
    const { name } = candidate;
    let index = 0;
    while (index < length && name.charCodeAt(index) === text.charCodeAt(start + index)) index++;
    if (index === length) return candidate;
  }
  const name = text.slice(start, end);
  return { name, key: name.toLowerCase() };
}

function slotOf(length: number, first: number, last: number): number {
  return (length * 7 + first * 3 + last * 5) % slots;
}
