import { decodeWords } from "../../mime/encoded-words.ts";
import { otherAddressLists } from "./address-lists.ts";
import { otherEncodedWords, writtenWords } from "./encoded-word-styles.ts";
import { edited, type FieldContext, type FieldValue, unfold } from "./field-value.ts";

/** Fields in which systems that rewrite From keep the original value, or part of it. */
const keepers: readonly string[] = [
  "x-original-from",
  "x-google-original-from",
  "x-mailman-original-from",
  "original-from",
  "x-from",
  "x-original-sender",
  "reply-to",
  "x-original-reply-to",
  "author",
];
/** Fields that only sometimes name the author. */
const unlikelyKeepers: readonly string[] = [
  "x-sender",
  "sender",
  "cc",
  "return-path",
  "resent-from",
];
const address = /[^\s<>"(),;:]{1,64}@[^\s<>"(),;:]{1,255}/g;
const via = / (?:via|through|on behalf of|durch|par|por|tramite) .*$/i;
const rewritten = "it was rewritten, as mailing lists do for DMARC";

interface Kept {
  readonly key: string;
  readonly text: string;
}

/** A From as it may have been before a list put its own address there. */
export function* otherFroms(value: string, context: FieldContext): Generator<FieldValue> {
  const keptIn = (names: readonly string[]): readonly Kept[] =>
    names.flatMap((key) => context.valuesOf(key).map((text) => ({ key, text })));
  const kept = keptIn(keepers);
  for (const { key, text } of kept) {
    yield edited(text, `${rewritten}; ${key} keeps the original`);
  }
  const flat = unfold(value).trim();
  const names = namesOf(flat);
  const inName = { key: "the name", text: unmangled(flat) };
  for (const { key, text } of [...kept, inName, ...keptIn(unlikelyKeepers)]) {
    const detail = `${rewritten}; its address is kept in ${key}`;
    for (const [found] of text.matchAll(address)) {
      for (const name of new Set([...names, ...namesOf(text)])) {
        for (const form of name === "" ? [] : formsOf(name, found)) {
          yield edited(form, detail);
        }
      }
      yield edited(`<${found}>`, detail);
      yield edited(found, detail);
    }
  }
  for (const { key, text } of kept) {
    for (const other of [...otherAddressLists(text), ...otherEncodedWords(text, "From".length)]) {
      yield edited(other.value, `${rewritten}; ${key} keeps its value in another form`);
    }
  }
}

function formsOf(name: string, found: string): readonly string[] {
  return [
    `"${name}" <${found}>`,
    `${name} <${found}>`,
    `'${name}' <${found}>`,
    `${found} (${name})`,
  ];
}

const mostEncoded = 40;

/** The author's name in other encoded words, for a list that decoded and extended it. */
function encodedNames(name: string): readonly string[] {
  const decoded = /=\?|[\x80-\xff]/.test(name) ? decodeWords(name) : undefined;
  if (decoded === undefined) {
    return [];
  }
  const author = decoded.replace(via, "");
  const written: string[] = [Buffer.from(author, "utf8").toString("latin1")];
  for (const text of writtenWords(author, name, "From".length)) {
    if (written.push(text.trim()) > mostEncoded) {
      break;
    }
  }
  return written;
}

/** The display name, as received and without the additions of lists. */
function namesOf(flat: string): readonly string[] {
  const before = flat.includes("<") ? flat.slice(0, flat.lastIndexOf("<")) : "";
  const name = before.trim().replace(/^["']+|["']+$/g, "");
  const shorter = [
    name,
    name.replace(via, ""),
    name.replace(via, "").replace(/^["']+|["']+$/g, ""),
    name.replace(/ *\([^)]{1,80}\)$/, ""),
    name.replace(/ *\[[^\]]{1,80}\]$/, ""),
    name.replace(/'/g, ""),
  ];
  return [...new Set(shorter.flatMap((one) => [one].concat(encodedNames(one))))];
}

/** Undoes addresses that became names or local parts: `ada at example.com`, `ada=example.com@list`. */
function unmangled(flat: string): string {
  const at = flat.replace(/ at /g, "@").replace(/ dot /g, ".");
  const verp = Array.from(
    flat.matchAll(/([^\s<>"=]{1,64})=([^\s<>"=@]{1,200})@/g),
    ([, local, domain]) => `${local}@${domain}`,
  );
  return [at, ...verp].join(" ");
}
