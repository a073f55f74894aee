import { type FieldValue, refolded, unfold } from "./field-value.ts";

const widths: readonly number[] = [76, 78, 72, 70, 998];
const mostFolds = 60;

/** The value folded in other ways (RFC 5322 2.2.3); only simple canonicalization minds. */
export function* otherFoldings(value: string, nameLength: number): Generator<FieldValue> {
  const flat = unfold(value);
  const words = flat.trim();
  const single = words.replace(/[ \t]+/g, " ");
  const spaced = new Set([flat, ` ${words}`, ` ${single}`, words, `  ${words}`, `\t${words}`]);
  for (const text of spaced) {
    yield refolded(text, "its folding or the white space in it was changed");
    yield refolded(`${text} `, "white space at its end was removed");
  }
  yield refolded(value.replace(/\r\n[ \t]+/g, "\r\n "), "the white space of its folds was changed");
  yield refolded(
    value.replace(/\r\n[ \t]+/g, "\r\n\t"),
    "the white space of its folds was changed",
  );
  yield refolded(
    value.replace(/\r\n[ \t]+/g, "\r\n        "),
    "the white space of its folds was changed",
  );
  yield refolded(value.replace(/[ \t]+(?=\r\n|$)/g, ""), "white space was added before its folds");
  for (const base of new Set([` ${words}`, ` ${single}`])) {
    for (const start of ["\r\n ", "\r\n\t"]) {
      yield refolded(base.replace(/, ?/g, `,${start}`), "it was folded elsewhere");
      yield refolded(base.replace(/; ?/g, `;${start}`), "it was folded elsewhere");
      yield refolded(start + base.trim(), "it was folded elsewhere");
      for (const width of widths) {
        yield refolded(foldAt(base, nameLength + 1, width, " ", start), "it was folded elsewhere");
        yield refolded(foldAt(base, nameLength + 1, width, ", ", start), "it was folded elsewhere");
      }
      yield* foldedOnce(base, start);
    }
  }
}

/** One fold, at each space in turn. */
function* foldedOnce(text: string, start: string): Generator<FieldValue> {
  let folds = 0;
  for (
    let at = text.indexOf(" ", 1);
    at >= 0 && folds < mostFolds;
    at = text.indexOf(" ", at + 1)
  ) {
    folds++;
    yield refolded(text.slice(0, at) + start + text.slice(at + 1), "it was folded elsewhere");
    yield refolded(`${text.slice(0, at)}\r\n${text.slice(at)}`, "it was folded elsewhere");
  }
}

/** Folds before what would pass the width, as most programs do. */
function foldAt(text: string, column: number, width: number, at: string, start: string): string {
  const pieces = text.split(at);
  let folded = pieces[0] ?? "";
  let used = column + folded.length;
  for (const piece of pieces.slice(1)) {
    const kept = at.trimEnd();
    if (used + kept.length + 1 + piece.length > width) {
      folded += kept + start + piece;
      used = 1 + piece.length;
    } else {
      folded += at + piece;
      used += at.length + piece.length;
    }
  }
  return folded;
}
