import { decodeCharset, encodeCharset } from "./charsets.ts";
import { type FieldValue, refolded, unfold } from "./field-value.ts";

const encodedWord = /=\?([^?\s]{1,40})\?([BbQq])\?([^?]{0,1000})\?=/g;
const wordRun =
  /=\?[^?\s]{1,40}\?[BbQq]\?[^?]{0,1000}\?=(?:[ \t]+=\?[^?\s]{1,40}\?[BbQq]\?[^?]{0,1000}\?=)*/g;
const detail = "its encoded words (RFC 2047) were written anew";
const raised = "its encoded words (RFC 2047) were written with another case of charset or encoding";

/** The value with its encoded words, or its raw UTF-8, written in other ways. */
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
    "its text was encoded (RFC 2047) on the way",
  );
  for (const label of labelsOf(flat)) {
    for (const letter of ["B", "Q", "b", "q"]) {
      for (const text of writeWords(decoded, label, letter, nameLength)) {
        yield refolded(text, detail);
      }
    }
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
  // White space between encoded words is no text (RFC 2047 6.2).
  yield refolded(text.replace(/\?=[ \t]+=\?/g, "?= =?"), detail);
}

function labelsOf(flat: string): readonly string[] {
  const found = Array.from(flat.matchAll(encodedWord), ([, charset = ""]) => charset);
  return [
    ...new Set([
      ...found,
      ...found.map((name) => name.toLowerCase()),
      "utf-8",
      "UTF-8",
      "iso-8859-1",
      "ISO-8859-1",
    ]),
  ];
}

/** The text of a value, or undefined where its encoded words cannot be decoded. */
export function decodeWords(flat: string): string | undefined {
  let failed = false;
  const text = flat.replace(wordRun, (run) => {
    let bytes = "";
    let charset = "";
    for (const [, name = "", letter = "", content = ""] of run.matchAll(encodedWord)) {
      charset = name;
      bytes += letter.toUpperCase() === "B" ? fromBase64(content) : fromQ(content);
    }
    const decoded = decodeCharset(bytes, charset);
    failed ||= decoded === undefined;
    return Buffer.from(decoded ?? "", "utf8").toString("latin1");
  });
  return failed ? undefined : decodeCharset(text, "utf-8");
}

function fromBase64(content: string): string {
  return Buffer.from(content, "base64").toString("latin1");
}

function fromQ(content: string): string {
  return content
    .replaceAll("_", " ")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, octet: string) => String.fromCharCode(parseInt(octet, 16)));
}

/** A text as encoded words: all of it, all but its plain beginning and end, or word by word. */
export function* writeWords(
  text: string,
  label: string,
  letter: string,
  nameLength: number,
): Generator<string> {
  const trimmed = text.trim();
  const from = trimmed.search(/[^\0-\x7f]/);
  if (from < 0) {
    return;
  }
  const wordStart = trimmed.lastIndexOf(" ", from) + 1;
  const lastOdd = Array.from(trimmed.matchAll(/[^\0-\x7f]/g), ({ index }) => index).at(-1) ?? from;
  const nextSpace = trimmed.indexOf(" ", lastOdd);
  const wordEnd = nextSpace < 0 ? trimmed.length : nextSpace;
  const address = trimmed.indexOf(" <") > lastOdd ? trimmed.indexOf(" <") : trimmed.length;
  const ranges = [
    [0, trimmed.length],
    [wordStart, trimmed.length],
    [wordStart, wordEnd],
    [0, address],
    [wordStart, address],
  ] as const;
  for (const [start, end] of ranges) {
    const before = ` ${trimmed.slice(0, start)}`;
    const after = trimmed.slice(end);
    const quoted = trimmed.slice(start, end).replace(/^"(.*)"$/, "$1");
    for (const room of [75, 76 - nameLength - 2, 1000]) {
      for (const joint of [" ", "\r\n "]) {
        const words = splitWord(quoted, label, letter, room);
        if (words !== undefined) {
          yield before + words.join(joint) + after;
        }
      }
    }
  }
  yield ` ${eachWord(trimmed, label, letter)}`;
}

function eachWord(text: string, label: string, letter: string): string {
  return text
    .split(" ")
    .map((word) =>
      /[^\0-\x7f]/.test(word) ? (splitWord(word, label, letter, 1000)?.[0] ?? word) : word,
    )
    .join(" ");
}

/** Encoded words of at most `room` characters, whole characters each. */
function splitWord(
  text: string,
  label: string,
  letter: string,
  room: number,
): readonly string[] | undefined {
  const words: string[] = [];
  let bytes = "";
  for (const character of text) {
    const more = encodeCharset(character, label);
    if (more === undefined) {
      return undefined;
    }
    if (bytes !== "" && encodeWord(bytes + more, label, letter).length > room) {
      words.push(encodeWord(bytes, label, letter));
      bytes = "";
    }
    bytes += more;
  }
  words.push(encodeWord(bytes, label, letter));
  return words;
}

function encodeWord(bytes: string, label: string, letter: string): string {
  const content =
    letter.toUpperCase() === "B"
      ? Buffer.from(bytes, "latin1").toString("base64")
      : bytes
          .replace(
            /[^!*+\-/0-9A-Za-z ]/g,
            (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
          )
          .replaceAll(" ", "_");
  return `=?${label}?${letter}?${content}?=`;
}
