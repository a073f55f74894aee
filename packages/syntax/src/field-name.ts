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
  const slot = (length * 7 + (text[start] ?? 0) * 3 + (text[end - 1] ?? 0) * 5) % slots;
  const candidate = kept[slot];
  if (candidate !== undefined && isAt(candidate.name, text, start, length)) {
    return candidate;
  }
  const name = text.toString("latin1", start, end);
  const made = { name, key: name.toLowerCase() };
  if (length <= longestKept) {
    kept[slot] = made;
  }
  return made;
}

function isAt(name: string, text: Buffer, start: number, length: number): boolean {
  if (name.length !== length) {
    return false;
  }
  for (let index = 0; index < length; index++) {
    if (name.charCodeAt(index) !== text[start + index]) {
      return false;
    }
  }
  return true;
}
