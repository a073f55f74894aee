import { charsetLabels } from "../../mime/charsets.ts";
import { parameter } from "../../mime/mime-tree.ts";
import { permutations } from "../permutations.ts";
import { edited, type FieldContext, type FieldValue, unfold } from "./field-value.ts";

type Rewrite = readonly [detail: string, undo: (text: string) => string];

const same: Rewrite = ["", (text) => text];
const quotes: readonly Rewrite[] = [
  same,
  ["quotes around its parameters were added", (text) => text.replace(/="([^"\s]{1,200})"/g, "=$1")],
  [
    "quotes around its parameters were removed",
    (text) => text.replace(/=(?!")([^\s;"]{1,200})/g, '="$1"'),
  ],
  ...["boundary", "charset", "name", "type", "format", "protocol", "micalg", "report-type"].flatMap(
    (name): Rewrite[] => [
      [
        `quotes around its parameter ${name} were added`,
        (text) => text.replace(new RegExp(`(${name}=)"([^"\\s]{1,200})"`, "i"), "$1$2"),
      ],
      [
        `quotes around its parameter ${name} were removed`,
        (text) => text.replace(new RegExp(`(${name}=)(?!")([^\\s;"]{1,200})`, "i"), '$1"$2"'),
      ],
    ],
  ),
];
const cases: readonly Rewrite[] = [
  same,
  [
    "the case of its charset was changed",
    (text) =>
      text.replace(
        /(charset="?)([^\s;"]{1,100})/i,
        (_, before: string, name: string) => before + name.toLowerCase(),
      ),
  ],
  [
    "the case of its charset was changed",
    (text) =>
      text.replace(
        /(charset="?)([^\s;"]{1,100})/i,
        (_, before: string, name: string) => before + name.toUpperCase(),
      ),
  ],
  [
    "the case of its type was changed",
    (text) => text.replace(/^\s*[^;]{1,100}/, (type) => type.toUpperCase()),
  ],
  [
    "the case of its type was changed",
    (text) => text.replace(/^\s*[^;]{1,100}/, (type) => type.toLowerCase()),
  ],
  [
    "the case of its parameter names was changed",
    (text) => text.replace(/;\s*[\w-]{1,40}(?==)/g, (name) => name.toLowerCase()),
  ],
];
const spaces: readonly Rewrite[] = [
  same,
  ["spaces between its parameters were added", (text) => text.replace(/;\s+/g, ";")],
  ["spaces between its parameters were removed", (text) => text.replace(/;\s*/g, "; ")],
  ["its folding was changed", (text) => text.replace(/;\s*/g, ";\r\n\t")],
  ["its folding was changed", (text) => text.replace(/;\s*/g, ";\r\n ")],
  ["a semicolon at its end was removed", (text) => `${text.trimEnd()};`],
  ["a semicolon at its end was added", (text) => text.replace(/;\s*$/, "")],
];

/** A Content-Type as it may have been before a program rewrote it: the usual forms, then one, two or three changes. */
export function* otherContentTypes(value: string, context: FieldContext): Generator<FieldValue> {
  const flat = unfold(value);
  yield* otherBoundaries(flat, context);
  for (const [detail, undo] of [...quotes.slice(1, 3), ...cases.slice(1), ...spaces.slice(1)]) {
    yield { value: undo(flat), code: "field-edited", detail };
  }
  yield* otherParameters(flat);
  const bases = new Set([value, flat]);
  for (let changes = 1; changes <= 3; changes++) {
    for (const base of bases) {
      yield* rewrittenTypes(base, value, changes);
    }
  }
  yield* otherOrders(flat);
}

function* rewrittenTypes(base: string, value: string, changes: number): Generator<FieldValue> {
  for (const [quoted, undoQuotes] of quotes) {
    for (const [cased, undoCase] of cases) {
      for (const [spaced, undoSpaces] of spaces) {
        const told = [quoted, cased, spaced].filter((one) => one !== "");
        const text = undoSpaces(undoCase(undoQuotes(base)));
        if (told.length === changes && text !== value) {
          yield { value: text, code: "field-edited", detail: told.join(", ") };
        }
      }
    }
  }
}

function* otherBoundaries(base: string, context: FieldContext): Generator<FieldValue> {
  const current = parameter(base, "boundary");
  for (const boundary of context.boundaries) {
    if (current !== "" && boundary !== current) {
      yield edited(
        base.replace(current, () => boundary),
        "its boundary was changed, but not in the body",
      );
    }
  }
}

function* otherParameters(base: string): Generator<FieldValue> {
  for (const [removed] of base.matchAll(/;\s*[\w*-]{1,40}=(?:"[^"]{0,200}"|[^\s;"]{0,200})/g)) {
    yield edited(base.replace(removed, ""), `its parameter ${removed.slice(1).trim()} was added`);
  }
  const charset = parameter(base, "charset");
  for (const name of charsetLabels) {
    if (charset === "") {
      yield edited(`${base}; charset=${name}`, "its charset was removed");
      yield edited(`${base}; charset="${name}"`, "its charset was removed");
    } else {
      yield edited(
        base.replace(/(charset="?)[^\s;"]{1,100}/i, `$1${name}`),
        "its charset was changed",
      );
    }
  }
  for (const flowed of ["; format=flowed", "; format=flowed; delsp=yes", '; format="flowed"']) {
    yield edited(`${base}${flowed}`, "its parameter format=flowed was removed");
    yield edited(
      base.replace(/;|$/, `${flowed};`).replace(/;$/, ""),
      "its parameter format=flowed was removed",
    );
  }
}

const mostParameters = 4;

/** The parameters in another order, with quotes as they are, around all, or around none. */
function* otherOrders(flat: string): Generator<FieldValue> {
  const [type = "", ...parameters] = flat.trim().split(/;\s*/);
  if (parameters.length < 2 || parameters.length > mostParameters) {
    return;
  }
  for (const order of permutations(parameters)) {
    for (const [, undoQuotes] of quotes.slice(0, 3)) {
      for (const joint of ["; ", ";\r\n ", ";\r\n\t", ";"]) {
        const text = [type, ...order.map((one) => undoQuotes(one))].join(joint);
        yield edited(text, "its parameters were put into another order");
      }
    }
  }
}
