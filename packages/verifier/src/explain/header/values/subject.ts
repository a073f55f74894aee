import { decodeWords } from "../../mime/encoded-words.ts";
import { writtenWords } from "./encoded-word-styles.ts";
import { edited, type FieldContext, type FieldValue, unfold } from "./field-value.ts";

const mostWords = 12;
/** Tags that lists and filters put into a Subject. Each is short and stands between words. */
const tags: readonly RegExp[] = [
  /\[[^\]]{1,80}\][ \t]*/g,
  /\*{1,5}[^*]{1,60}\*{1,5}[ \t]*/g,
  /\{[^}]{1,60}\}[ \t]*/g,
  /\([^)]{1,60}\)[ \t]*/g,
  /(?<![^ ])[A-Z][A-Za-z-]{1,20}:[ \t]*/g,
  /_{2,5}[^_]{1,60}_{2,5}[ \t]*/g,
  /<[^>]{1,60}>[ \t]*/g,
];

/** A Subject without a tag, without its first or last words, or as another field keeps it. */
export function* otherSubjects(value: string, context: FieldContext): Generator<FieldValue> {
  const flat = unfold(value);
  for (const key of ["thread-topic", "x-original-subject", "x-old-subject", "x-subject"]) {
    for (const kept of context.valuesOf(key)) {
      yield edited(kept, `it was replaced; ${key} keeps the original`);
      yield edited(`Re: ${kept}`, `it was replaced; ${key} keeps the original`);
    }
  }
  yield* withoutTags(flat);
  if (value !== flat) {
    yield* withoutTags(value);
  }
  yield* withoutTwoTags(flat);
  yield* withoutTagsInWords(flat);
}

/** Without two tags, for example those of a list and of a filter. */
function* withoutTwoTags(flat: string): Generator<FieldValue> {
  for (const first of withoutOneTag(flat)) {
    for (const { value, detail } of withoutTags(first.value)) {
      yield edited(value, `${first.detail}, and ${detail}`);
    }
  }
}

function* withoutTags(value: string): Generator<FieldValue> {
  yield* withoutOneTag(value);
  for (const [first, rest] of cuts(value.trimStart())) {
    yield edited(rest, `"${first.trim()}" was added before it`);
    yield edited(first.trimEnd(), `"${rest.trim()}" was added after it`);
  }
}

function* withoutOneTag(value: string): Generator<FieldValue> {
  for (const tag of tags) {
    for (const { 0: found, index } of value.matchAll(tag)) {
      const rest = value.slice(0, index) + value.slice(index + found.length);
      const detail = `the tag "${found.trim()}" was added to it`;
      yield edited(rest.trimEnd(), detail);
      yield edited(rest, detail);
    }
  }
}

/** For a Subject that was decoded, tagged and encoded again as a whole. */
function* withoutTagsInWords(flat: string): Generator<FieldValue> {
  const decoded = /=\?|[\x80-\xff]/.test(flat) ? decodeWords(flat) : undefined;
  if (decoded === undefined) {
    return;
  }
  for (const tag of tags) {
    for (const { 0: found, index } of decoded.matchAll(tag)) {
      const rest = decoded.slice(0, index) + decoded.slice(index + found.length);
      const detail = `the tag "${printableTag(found)}" was added to it, and it was encoded again`;
      for (const text of writtenWords(rest, flat, "Subject".length)) {
        yield edited(text, detail);
      }
    }
  }
}

/** Details are latin1, like all compared text, so other characters are shown as their UTF-8 octets. */
function printableTag(tag: string): string {
  return Buffer.from(tag.trim(), "utf8").toString("latin1");
}

function* cuts(text: string): Generator<readonly [string, string]> {
  let count = 0;
  for (let at = text.indexOf(" "); at >= 0 && count < mostWords; at = text.indexOf(" ", at + 1)) {
    count++;
    yield [text.slice(0, at), text.slice(at + 1)];
  }
  count = 0;
  for (
    let at = text.lastIndexOf(" ");
    at > 0 && count < mostWords;
    at = text.lastIndexOf(" ", at - 1)
  ) {
    count++;
    yield [text.slice(0, at), text.slice(at + 1)];
  }
}
