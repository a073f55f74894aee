import { encodeCharset } from "../../mime/charsets.ts";
import { decodeWords, encodedWord, splitWords, type WordStyle } from "../../mime/encoded-words.ts";
import { type FieldValue, refolded, unfold } from "./field-value.ts";

const detail = "its encoded words (RFC 2047) were encoded again in another way";
const raised = "the case of charset or encoding changed in its encoded words (RFC 2047)";

/** The value with its encoded words, or its raw UTF-8, encoded in other ways. */
export function* otherEncodedWords(value: string, nameLength: number): Generator<FieldValue> {
  const flat = unfold(value);
  const hasWords = flat.includes("=?");
  if (!hasWords && !/[\x80-\xff]/.test(flat)) {
    return;
  }
  for (const text of new Set([value, flat])) {
    yield* otherCases(text);
  }
  const decoded = decodeWords(flat);
  if (decoded === undefined) {
    return;
  }
  yield refolded(
    encodeCharset(decoded, "utf-8") ?? flat,
    "its text was encoded as RFC 2047 encoded words on the way",
  );
  for (const text of writtenWords(decoded, flat, nameLength)) {
    yield refolded(text, detail);
  }
}

function* otherCases(text: string): Generator<FieldValue> {
  const cases: readonly ((text: string) => string)[] = [
    (word) => word,
    (word) => word.toLowerCase(),
    (word) => word.toUpperCase(),
  ];
  for (const ofCharset of cases) {
    for (const ofLetter of cases) {
      yield refolded(
        text.replace(
          encodedWord,
          (_, charset: string, letter: string, content: string) =>
            `=?${ofCharset(charset)}?${ofLetter(letter)}?${content}?=`,
        ),
        raised,
      );
    }
  }
  // White space between encoded words is not part of the text (RFC 2047 6.2).
  yield refolded(text.replace(/\?=[ \t]+=\?/g, "?= =?"), detail);
}

/** The charset labels in the value first, then other usual ones. */
function labelsOf(flat: string): readonly string[] {
  const found = Array.from(flat.matchAll(encodedWord), ([, charset = ""]) => charset);
  const all = [
    ...found,
    "utf-8",
    "UTF-8",
    ...found.flatMap((name) => [name.toLowerCase(), name.toUpperCase()]),
    "iso-8859-1",
    "ISO-8859-1",
    "windows-1252",
  ];
  return [...new Set(all)];
}

const usualPlain = "!*+\\-/0-9A-Za-z";
/** Other sets of characters that programs leave unescaped in Q. */
const otherPlain: readonly string[] = ["0-9A-Za-z", "!-<>@-^`-~", "\\-.0-9A-Za-z"];
/** Maximum lengths: that of an encoded word (RFC 2047 2), that of a line, and others that programs choose. */
const widths: readonly number[] = [75, 76, 77, 78, 998, 52, 72, 70, 74, 73, 71, 68, 64, 60];

/** A text as encoded words in the styles of many programs, the usual styles first. */
export function* writtenWords(
  decoded: string,
  flat: string,
  nameLength: number,
): Generator<string> {
  const labels = labelsOf(flat);
  const letters = /\?[Bb]\?/.test(flat) ? ["B", "Q", "b", "q"] : ["Q", "B", "q", "b"];
  for (const [plain, tried] of [
    [usualPlain, widths],
    ...otherPlain.map((other) => [other, widths.slice(0, 5)] as const),
  ] as const) {
    for (const width of tried) {
      for (const label of labels) {
        for (const letter of letters) {
          if (plain === usualPlain || letter.toUpperCase() === "Q") {
            yield* writeWords(decoded, { label, letter, plain }, width, nameLength);
          }
        }
      }
    }
  }
}

/** Encodes the whole text, or all but its plain start and end, or word by word. */
function* writeWords(
  text: string,
  kind: Pick<WordStyle, "label" | "letter" | "plain">,
  width: number,
  nameLength: number,
): Generator<string> {
  const trimmed = text.trim();
  for (const [start, end] of rangesOf(trimmed)) {
    const quoted = trimmed.slice(start, end).replace(/^"(.*)"$/, "$1");
    const before = ` ${trimmed.slice(0, start)}`;
    const after = trimmed.slice(end);
    // Programs that limit lines count the field's name before the first word.
    const first = width - nameLength - before.length - 1;
    for (const [firstRoom, room] of [
      [width, width],
      [first, width - 1],
      [first, width],
    ] as const) {
      const words = splitWords(quoted, { ...kind, firstRoom, room });
      if (words !== undefined) {
        yield before + words.join("\r\n ") + after;
        yield before + words.join(" ") + after;
      }
    }
  }
  const each = eachWord(trimmed, { ...kind, firstRoom: width, room: width });
  if (each !== undefined) {
    yield ` ${each}`;
  }
}

type Range = readonly [start: number, end: number];

function rangesOf(text: string): readonly Range[] {
  const odd = Array.from(text.matchAll(/[^\0-\x7f]/g), ({ index }) => index);
  const [firstOdd, lastOdd] = [odd[0], odd.at(-1)];
  if (firstOdd === undefined || lastOdd === undefined) {
    return [];
  }
  const wordStart = text.lastIndexOf(" ", firstOdd) + 1;
  const nextSpace = text.indexOf(" ", lastOdd);
  const wordEnd = nextSpace < 0 ? text.length : nextSpace;
  const address = text.indexOf(" <", lastOdd);
  const textEnd = address < 0 ? text.length : address;
  const ranges: readonly Range[] = [
    [0, textEnd],
    [wordStart, wordEnd],
    [wordStart, textEnd],
    [0, text.length],
  ];
  return ranges.filter(
    ([start, end], index) =>
      ranges.findIndex(([otherStart, otherEnd]) => start === otherStart && end === otherEnd) ===
      index,
  );
}

function eachWord(text: string, style: WordStyle): string | undefined {
  const words = text
    .split(" ")
    .map((word) => (/[^\0-\x7f]/.test(word) ? splitWords(word, style)?.join(" ") : word));
  return words.includes(undefined) ? undefined : words.join(" ");
}
