import { edited, type FieldValue, unfold } from "./field-value.ts";

/** One address of a list, as received. */
interface Entry {
  /** Without quotes; empty if there is none. */
  readonly name: string;
  readonly address: string;
  readonly text: string;
}

type Form = readonly [what: string, write: (entry: Entry) => string];

/** Ways of writing an address; `what` describes the change that was made on the way. */
const forms: readonly Form[] = [
  ["", ({ text }) => text],
  ["quotes around names were removed", withName(({ name, address }) => `"${name}" <${address}>`)],
  ["quotes around names were added", withName(({ name, address }) => `${name} <${address}>`)],
  [
    "quotes around names that need none were added",
    withName((entry) =>
      /^[\w '.!#$%&*+/=?^`{|}~-]*$/.test(entry.name)
        ? `${entry.name} <${entry.address}>`
        : entry.text,
    ),
  ],
  [
    "quotes around names with a dot or another special were removed",
    withName((entry) =>
      /[.@()[\]:;,]/.test(entry.name) ? `"${entry.name}" <${entry.address}>` : entry.text,
    ),
  ],
  ["angle brackets were removed", bare(({ address }) => `<${address}>`)],
  ["angle brackets were added", bare(({ address }) => address)],
  ["names that repeat the address were added", repeated(({ address }) => address)],
  ["names that repeat the address were added", repeated(({ address }) => `<${address}>`)],
  [
    "single quotes around names were removed",
    withName(({ name, address }) => `'${name}' <${address}>`),
  ],
  [
    "single quotes around names were removed",
    withName(({ name, address }) => `"'${name}'" <${address}>`),
  ],
  [
    "single quotes around names were added",
    withName(({ name, address }) => `${name.replace(/^'(.*)'$/, "$1")} <${address}>`),
  ],
  [
    "single quotes around names were added",
    withName(({ name, address }) => `"${name.replace(/^'(.*)'$/, "$1")}" <${address}>`),
  ],
  ["names were moved before addresses", withName(({ name, address }) => `${address} (${name})`)],
  ["a space before angle brackets was added", withName(({ text }) => text.replace(/ </, "<"))],
  [
    "the space before angle brackets was removed",
    withName(({ text }) => text.replace(/(?<=\S)</, " <")),
  ],
  ["the case of addresses was changed", (entry) => lowered(entry, (text) => text.toLowerCase())],
  [
    "the case of their domains was changed",
    (entry) => lowered(entry, (text) => text.replace(/@.*/, (host) => host.toLowerCase())),
  ],
];

function withName(write: (entry: Entry) => string): (entry: Entry) => string {
  return (entry) => (entry.name === "" || entry.address === "" ? entry.text : write(entry));
}

function bare(write: (entry: Entry) => string): (entry: Entry) => string {
  return (entry) => (entry.name !== "" || entry.address === "" ? entry.text : write(entry));
}

function repeated(write: (entry: Entry) => string): (entry: Entry) => string {
  return (entry) =>
    entry.address !== "" && entry.name.replace(/^'(.*)'$/, "$1") === entry.address
      ? write(entry)
      : entry.text;
}

function lowered({ text, address }: Entry, change: (text: string) => string): string {
  return address === "" ? text : text.replace(address, () => change(address));
}

const separators: readonly (readonly [what: string, separator: string])[] = [
  ["", ", "],
  ["spaces after commas were added", ","],
  ["commas were followed by other white space", ",\r\n "],
  ["commas were followed by other white space", ",\r\n\t"],
  ["commas were followed by other white space", ",  "],
  ["semicolons became commas", "; "],
  ["spaces before commas were removed", " , "],
  ["commas were followed by other white space", ",\r\n        "],
];
const mostEntries = 100;
/** With up to this many addresses, every combination of rewritten ones is tried. */
const mostFree = 6;

/** An address list as it may have been before a program normalised it. */
export function* otherAddressLists(value: string): Generator<FieldValue> {
  const pieces = splitAtCommas(value);
  if (pieces.length > mostEntries) {
    return;
  }
  const entries = pieces.map(readEntry);
  yield* joined(value, entries, (write) => entries.map((_, index) => (index >= 0 ? write : same)));
  if (entries.length > 1 && entries.length <= mostFree) {
    for (let bits = 1; bits < (1 << entries.length) - 1; bits++) {
      yield* joined(value, entries, (write) =>
        entries.map((_, index) => (((bits >> index) & 1) === 1 ? write : same)),
      );
    }
  }
}

const same: Form[1] = ({ text }) => text;

function* joined(
  value: string,
  entries: readonly Entry[],
  choose: (write: Form[1]) => readonly Form[1][],
): Generator<FieldValue> {
  for (const [spaces, separator] of separators) {
    for (const [what, write] of forms) {
      const chosen = choose(write);
      const text = entries.map((entry, index) => chosen[index]?.(entry) ?? entry.text);
      const done = [what, spaces].filter((one) => one !== "").join(", ");
      const before = ` ${text.join(separator)}`;
      if (before !== value) {
        const undone = done === "" ? "the white space after commas was changed" : done;
        yield edited(before, `it was normalised: ${undone}`);
      }
    }
  }
}

/** Commas in quotes, comments and angle brackets do not separate addresses. */
function splitAtCommas(value: string): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  let quoted = false;
  let depth = 0;
  const flat = unfold(value);
  for (let at = 0; at < flat.length; at++) {
    const character = flat[at];
    if (character === "\\") {
      at++;
    } else if (character === '"') {
      quoted = !quoted;
    } else if (!quoted && (character === "(" || character === "<")) {
      depth++;
    } else if (!quoted && (character === ")" || character === ">")) {
      depth = Math.max(0, depth - 1);
    } else if (character === "," && !quoted && depth === 0) {
      pieces.push(flat.slice(from, at));
      from = at + 1;
    }
  }
  return [...pieces, flat.slice(from)].map((piece) => piece.trim().replace(/[ \t]+/g, " "));
}

function readEntry(text: string): Entry {
  const angled = /^(.*?)\s*<([^<>\s]{1,320})>$/.exec(text);
  if (angled !== null) {
    const [, words = "", address = ""] = angled;
    return { name: words.trim().replace(/^"(.*)"$/, "$1"), address, text };
  }
  const commented = /^([^\s<>"(),]{1,320}@[^\s<>"(),]{1,255})\s*\(([^()]{1,200})\)$/.exec(text);
  if (commented !== null) {
    const [, address = "", name = ""] = commented;
    return { name, address, text };
  }
  return {
    name: "",
    address: /^[^\s<>"(),]{1,320}@[^\s<>"(),]{1,255}$/.test(text) ? text : "",
    text,
  };
}
