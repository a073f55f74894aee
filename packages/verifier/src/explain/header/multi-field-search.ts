import type { CauseCode, Step } from "../cause.ts";
import { titledName, usualName } from "./field-names.ts";
import type { HeaderModel } from "./header-model.ts";
import { changeOf, unfold } from "./values/field-value.ts";
import { foldAt } from "./values/folding.ts";

/** Possible originals of fields of several names at once. */
export interface MultiFieldAlternative {
  readonly replaced: ReadonlyMap<string, readonly string[]>;
  readonly steps: readonly Step[];
}

interface HeaderRewrite {
  readonly code: CauseCode;
  readonly detail: string;
  /** Gives one field, with its line ending, as it was before the change. */
  undo(field: string): string;
}

const folded = "field-refolded";

/** The changes that a program makes to every field when it parses a header and writes it again. */
const rewrites: readonly HeaderRewrite[] = [
  ...[" ", "\t", "        "].map((start) =>
    rewrite(folded, "the white space after its line breaks was changed", (field) =>
      field.replace(/\r\n[ \t]+/g, `\r\n${start}`),
    ),
  ),
  rewrite(folded, "it was folded", (field) => field.replace(/\r\n(?=[ \t])/g, "")),
  rewrite(folded, "it was folded", (field) => field.replace(/\r\n[ \t]+/g, " ")),
  ...[" ", "", "  ", "\t"].map((space) =>
    rewrite(folded, "the white space after its name was changed", (field) =>
      field.replace(/:[ \t]*(?=[^\s])/, `:${space}`),
    ),
  ),
  rewrite(folded, "white space was added at the ends of its lines", (field) =>
    field.replace(/(?<![ \t])[ \t]+(?=\r\n)/g, ""),
  ),
  ...[" ", "\t"].flatMap((start) =>
    [78, 76, 72, 75, 998].map((width) =>
      rewrite(folded, "it was folded at other places", (field) =>
        foldedField(field, width, " ", start),
      ),
    ),
  ),
  rewrite("field-edited", "its name was spelled in another way", renamed(usualName)),
  rewrite("field-edited", "its name was spelled in another way", renamed(titledName)),
  rewrite(
    "field-edited",
    "its name was spelled in another way",
    renamed((key) => key),
  ),
  rewrite(
    "field-edited",
    "its name was spelled in another way",
    renamed((key) => key.toUpperCase()),
  ),
];

function rewrite(code: CauseCode, detail: string, undo: (field: string) => string): HeaderRewrite {
  return { code, detail, undo };
}

function renamed(spell: (key: string) => string): (field: string) => string {
  return (field) => {
    const colon = field.indexOf(":");
    return spell(field.slice(0, colon).toLowerCase()) + field.slice(colon);
  };
}

function foldedField(field: string, width: number, at: string, start: string): string {
  const colon = field.indexOf(":") + 1;
  const value = unfold(field.slice(colon, -2)).replace(/[ \t]+/g, " ");
  return `${field.slice(0, colon)}${foldAt(value, colon, width, at, `\r\n${start}`)}\r\n`;
}

/** All fields rewritten alike, which matters with simple canonicalization only. */
export function* rewrittenHeaders(model: HeaderModel): Generator<MultiFieldAlternative> {
  if (model.mode === "relaxed") {
    return;
  }
  for (const one of rewrites) {
    const alternative = rewritten(model, one);
    if (alternative.steps.length > 0) {
      yield alternative;
    }
  }
}

function rewritten(
  model: HeaderModel,
  { code, detail, undo }: HeaderRewrite,
): MultiFieldAlternative {
  const replaced = new Map<string, readonly string[]>();
  const steps: Step[] = [];
  for (const key of model.keys) {
    const present = model.instancesOf(key);
    const before = present.map((field) => undo(field));
    if (present.some((field, index) => field !== before[index])) {
      replaced.set(key, model.textsOf(key, before));
      steps.push(stepOf(key, code, detail, present.join(""), before.join("")));
    }
  }
  return { replaced, steps };
}

function stepOf(key: string, code: CauseCode, detail: string, from: string, to: string): Step {
  return {
    code,
    field: key,
    detail: `the field ${from.split(":", 1)[0] ?? key} was altered along with others: ${detail}`,
    changes: changeOf(from, to),
  };
}

/** Shorter fields are assumed to have been on one line. */
const shortField = 62;
const longestField = 4000;
const mostCombinations = 4000;

interface Folding {
  readonly key: string;
  readonly present: string;
  /** First as received, then in the usual ways. */
  readonly ways: readonly string[];
}

/** Each long field folded in one of the usual ways, in every combination if there are few. */
export function* refoldedHeaders(model: HeaderModel): Generator<MultiFieldAlternative> {
  if (model.mode === "relaxed") {
    return;
  }
  const fields = model.keys.flatMap((key) => {
    const [field, ...more] = model.instancesOf(key);
    const isFoldable =
      field !== undefined &&
      more.length === 0 &&
      field.length <= longestField &&
      (field.length > shortField || /\r\n[ \t]/.test(field));
    return isFoldable ? [{ key, present: field, ways: waysToFold(field) }] : [];
  });
  if (fields.length < 2) {
    return;
  }
  const perField = Math.max(2, Math.floor(mostCombinations ** (1 / fields.length)));
  const limited = fields.map(({ key, present, ways }) => ({
    key,
    present,
    ways: ways.slice(0, perField),
  }));
  const total = limited.reduce((product, { ways }) => product * ways.length, 1);
  for (let turn = 1; turn < Math.min(total, mostCombinations); turn++) {
    yield combination(model, limited, turn);
  }
}

function combination(
  model: HeaderModel,
  fields: readonly Folding[],
  turn: number,
): MultiFieldAlternative {
  const replaced = new Map<string, readonly string[]>();
  const steps: Step[] = [];
  let rest = turn;
  for (const { key, present, ways } of fields) {
    const way = ways[rest % ways.length] ?? present;
    rest = Math.floor(rest / ways.length);
    if (way !== present) {
      replaced.set(key, model.textsOf(key, [way]));
      steps.push(stepOf(key, folded, "it was folded at other places", present, way));
    }
  }
  return { replaced, steps };
}

function waysToFold(field: string): readonly string[] {
  const flat = field.replace(/\r\n[ \t]+/g, " ");
  const usual = [" ", "\t"].map((start) => [
    foldedField(field, 78, " ", start),
    foldedField(field, 76, " ", start),
    foldedField(field, 72, " ", start),
    flat.replace(/, ?(?=\S)/g, `,\r\n${start}`),
    flat.replace(/; ?(?=\S)/g, `;\r\n${start}`),
    flat.replace(/> </g, `>\r\n${start}<`),
    flat.replace(/\?= =\?/g, `?=\r\n${start}=?`),
  ]);
  return [...new Set([field, flat, ...usual.flat(), field.replace(/\r\n(?=[ \t])/g, "")])];
}

/** Fields that lists and gateways add, several at once. */
const addable =
  /^(?:reply-to|sender|precedence|errors-to|cc|organization|importance|priority|auto-submitted|feedback-id|archived-at|mail-followup-to|return-path|delivered-to|authentication-results|received(?:-spf)?|(?:list|resent|x)-.*)$/;
const mostAdded = 8;

/** Headers without some of the fields that are often added; first without all of them. */
export function* headersWithoutAdditions(model: HeaderModel): Generator<MultiFieldAlternative> {
  const keys = model.keys
    .filter((key) => addable.test(key) && isFull(model, key))
    .slice(0, mostAdded);
  const all = (1 << keys.length) - 1;
  for (let bits = all; bits > 0; bits--) {
    yield without(
      model,
      keys.filter((_, index) => ((bits >> index) & 1) === 1),
    );
  }
}

/** Whether a field may have been added: h= does not name it more often than it exists. */
function isFull(model: HeaderModel, key: string): boolean {
  const count = model.instancesOf(key).length;
  return count > 0 && count >= model.wanted(key);
}

function without(model: HeaderModel, keys: readonly string[]): MultiFieldAlternative {
  const replaced = new Map<string, readonly string[]>();
  const steps: Step[] = [];
  for (const key of keys) {
    const present = model.instancesOf(key);
    replaced.set(key, model.textsOf(key, present.slice(0, -1)));
    steps.push({
      code: "field-added",
      field: key,
      detail: `the field ${present.at(-1)?.split(":", 1)[0] ?? key} was added after signing`,
      changes: [{ received: (present.at(-1) ?? "").slice(0, 1000) }],
    });
  }
  return { replaced, steps };
}
