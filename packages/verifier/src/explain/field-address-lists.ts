import { edited, type FieldValue, refolded, unfold } from "./field-value.ts";

type Rewrite = readonly [detail: string, undo: (text: string) => string];

const quoting: readonly Rewrite[] = [
  ["", (text) => text],
  ["quotes around names were added", (text) => text.replace(/"([^"\\]{1,200})"(?=\s*<)/g, "$1")],
  [
    "quotes around names that need none were added",
    (text) => text.replace(/"([\w '.!#$%&*+/=?^`{|}~-]{1,200})"(?=\s*<)/g, "$1"),
  ],
  [
    "quotes around names were removed",
    (text) => text.replace(/(^|,)(\s*)([^",<]{1,200}?)(\s*<)/g, '$1$2"$3"$4'),
  ],
  [
    "quotes around names with a dot or another special were removed",
    (text) =>
      text.replace(/(^|,)(\s*)([^",<]{0,200}[.@()[\]:;][^",<]{0,200}?)(\s*<)/g, '$1$2"$3"$4'),
  ],
  [
    "single quotes around names were removed",
    (text) => text.replace(/(^|,)(\s*)([^"',<]{1,200}?)(\s*<)/g, "$1$2'$3'$4"),
  ],
  [
    "single quotes around names were added",
    (text) => text.replace(/'([^'<]{1,200})'(?=\s*<)/g, "$1"),
  ],
];
const brackets: readonly Rewrite[] = [
  ["", (text) => text],
  [
    "angle brackets were removed",
    (text) => text.replace(/(^|,)(\s*)([^\s<>",]{1,320}@[^\s<>",]{1,255})/g, "$1$2<$3>"),
  ],
  [
    "angle brackets were added",
    (text) => text.replace(/(^|,)(\s*)<([^\s<>",]{1,320})>/g, "$1$2$3"),
  ],
  [
    "names that repeat the address were added",
    (text) => text.replace(/"?([^\s<>",]{1,320}@[^\s<>",]{1,255})"? <\1>/g, "$1"),
  ],
  [
    "names that repeat the address were added",
    (text) => text.replace(/"?([^\s<>",]{1,320}@[^\s<>",]{1,255})"? <\1>/g, "<$1>"),
  ],
  [
    "names were moved before addresses",
    (text) => text.replace(/(^|,)(\s*)"?([^",<]{1,200}?)"? <([^>]{1,320})>/g, "$1$2$4 ($3)"),
  ],
  ["the space before angle brackets was added", (text) => text.replace(/ </g, "<")],
  ["the space before angle brackets was removed", (text) => text.replace(/(?<=[^\s,])</g, " <")],
];
const commas: readonly Rewrite[] = [
  ["", (text) => text],
  ["spaces after commas were added", (text) => text.replace(/,\s+/g, ",")],
  ["spaces after commas were removed", (text) => text.replace(/,(?=\S)/g, ", ")],
  ["the white space after commas was changed", (text) => text.replace(/,\s*/g, ",\r\n ")],
  ["the white space after commas was changed", (text) => text.replace(/,\s*/g, ",\r\n\t")],
  ["the white space after commas was changed", (text) => text.replace(/,\s*/g, ", ")],
  ["spaces before commas were removed", (text) => text.replace(/\s*,\s*/g, " , ")],
];

/** An address list before a program normalised it. */
export function* otherAddressLists(value: string): Generator<FieldValue> {
  yield* otherQuotes(value);
  for (const base of new Set([value, unfold(value)])) {
    for (const [quotes, undoQuotes] of quoting) {
      for (const [angles, undoAngles] of brackets) {
        for (const [spaces, undoSpaces] of commas) {
          const text = undoSpaces(undoAngles(undoQuotes(base)));
          const what = [quotes, angles, spaces].filter((one) => one !== "").join(", ");
          if (text !== value && what !== "") {
            yield quotes === "" && angles === "" && spaces.startsWith("the white")
              ? refolded(text, what)
              : edited(text, `it was normalised: ${what}`);
          }
        }
      }
    }
  }
}

const mostNames = 6;
const name = /(^|,)(\s*)(?:"([^"\\]{1,200})"|([^",<]{1,200}?))(?=\s*<)/g;

/** Some names quoted and others not: every choice of them, while they are few. */
function* otherQuotes(value: string): Generator<FieldValue> {
  const count = Array.from(value.matchAll(name)).length;
  if (count === 0 || count > mostNames) {
    return;
  }
  for (let quoted = 0; quoted < 1 << count; quoted++) {
    let index = 0;
    const text = value.replace(
      name,
      (
        _,
        comma: string,
        space: string,
        inQuotes: string | undefined,
        plain: string | undefined,
      ) => {
        const words = inQuotes ?? plain ?? "";
        return comma + space + ((quoted >> index++) & 1 ? `"${words}"` : words);
      },
    );
    if (text !== value) {
      yield edited(text, "it was normalised: quotes around names were added or removed");
    }
  }
}
