/** A field name as written, and in lower case. */
export interface FieldName {
  readonly name: string;
  readonly key: string;
}

const slots = 256;
const longestKept = 40;
/** The names seen last: mail has the same few again and again, and making strings is what costs. */
const kept: (FieldName | undefined)[] = Array.from({ length: slots });

/** The name that stands at `start` to `end` of `text`; latin1, one character per byte. */
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
 * The same for a string: the names in h= that the header has come out as the header's own strings, by which
 * they are found the faster. Keeps nothing: a piece of a string can hold on to all of it.
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
