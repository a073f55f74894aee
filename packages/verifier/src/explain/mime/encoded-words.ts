import { decodeCharset, encodeCharset } from "./charsets.ts";

/** RFC 2047: charset, encoding, text. */
export const encodedWord: RegExp = /=\?([^?\s]{1,40})\?([BbQq])\?([^?]{0,1000})\?=/g;
const wordRun =
  /=\?[^?\s]{1,40}\?[BbQq]\?[^?]{0,1000}\?=(?:[ \t]+=\?[^?\s]{1,40}\?[BbQq]\?[^?]{0,1000}\?=)*/g;

/** The text of an unfolded value; undefined if its encoded words cannot be decoded. */
export function decodeWords(flat: string): string | undefined {
  let failed = false;
  const text = flat.replace(wordRun, (run) => {
    const decoded = decodeRun(run);
    failed ||= decoded === undefined;
    return Buffer.from(decoded ?? "", "utf8").toString("latin1");
  });
  return failed ? undefined : decodeCharset(text, "utf-8");
}

/** Decodes consecutive words: a character may be split between two words of one charset. */
function decodeRun(run: string): string | undefined {
  let text = "";
  let bytes = "";
  let charset = "";
  for (const [, name = "", letter = "", content = ""] of run.matchAll(encodedWord)) {
    if (bytes !== "" && name.toLowerCase() !== charset.toLowerCase()) {
      text += decodeCharset(bytes, charset) ?? "";
      bytes = "";
    }
    charset = name;
    bytes += letter.toUpperCase() === "B" ? fromBase64(content) : fromQ(content);
  }
  const rest = decodeCharset(bytes, charset);
  return rest === undefined ? undefined : text + rest;
}

function fromBase64(content: string): string {
  return Buffer.from(content, "base64").toString("latin1");
}

function fromQ(content: string): string {
  return content
    .replaceAll("_", " ")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, octet: string) => String.fromCharCode(parseInt(octet, 16)));
}

/** One style of writing encoded words. */
export interface WordStyle {
  readonly label: string;
  readonly letter: string;
  /** The maximum length of the first word; `room` is that of each following word. */
  readonly firstRoom: number;
  readonly room: number;
  /** The characters that Q does not escape: a character class, without brackets. */
  readonly plain: string;
}

/** Splits a text into encoded words of whole characters; undefined if the charset lacks a character. */
export function splitWords(text: string, style: WordStyle): readonly string[] | undefined {
  const { label, letter, plain } = style;
  const isPlain = new RegExp(`^[${plain} ]$`);
  const isQ = letter.toUpperCase() === "Q";
  const frame = label.length + letter.length + "=????=".length;
  const words: string[] = [];
  let bytes = "";
  let escaped = 0;
  for (const character of text) {
    const more = encodeCharset(character, label);
    if (more === undefined) {
      return undefined;
    }
    const room = (words.length === 0 ? style.firstRoom : style.room) - frame;
    const growth = isPlain.test(more) ? 1 : 3 * more.length;
    const length = isQ ? escaped + growth : Math.ceil((bytes.length + more.length) / 3) * 4;
    if (bytes !== "" && length > room) {
      words.push(encodeWord(bytes, style));
      bytes = "";
      escaped = 0;
    }
    bytes += more;
    escaped += growth;
  }
  words.push(encodeWord(bytes, style));
  return words;
}

function encodeWord(bytes: string, { label, letter, plain }: WordStyle): string {
  const content =
    letter.toUpperCase() === "B"
      ? Buffer.from(bytes, "latin1").toString("base64")
      : bytes
          .replace(
            new RegExp(`[^${plain} ]`, "g"),
            (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
          )
          .replaceAll(" ", "_");
  return `=?${label}?${letter}?${content}?=`;
}
