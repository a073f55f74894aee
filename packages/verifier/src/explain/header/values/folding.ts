import { type FieldValue, refolded, unfold } from "./field-value.ts";

const widths: readonly number[] = [78, 76, 72, 75, 74, 77, 80, 70, 998];
const mostFolds = 60;

const elsewhere = "it was folded at other places";

/** The value folded in other ways (RFC 5322 2.2.3), the usual first. It matters with simple canonicalization only. */
export function* otherFoldings(value: string, nameLength: number): Generator<FieldValue> {
  const flat = unfold(value);
  const words = flat.trim();
  const single = words.replace(/[ \t]+/g, " ");
  yield refolded(` ${words}`, "its folding was changed");
  yield refolded(` ${single}`, "its folding or white space was changed");
  yield* foldedAtWidths(` ${single}`, nameLength);
  for (const fold of ["\r\n ", "\r\n\t", "\r\n        "]) {
    yield refolded(
      value.replace(/\r\n[ \t]+/g, fold),
      "the white space after its line breaks was changed",
    );
  }
  for (const text of [flat, words, `  ${words}`, `\t${words}`]) {
    yield refolded(text, "its folding or white space was changed");
  }
  yield refolded(
    value.replace(/[ \t]+(?=\r\n|$)/g, ""),
    "white space was added before its line breaks",
  );
  for (const text of [value, ` ${words}`]) {
    yield refolded(`${text} `, "white space at its end was removed");
  }
  if (single !== words) {
    yield* foldedAtWidths(` ${words}`, nameLength);
  }
  for (const start of ["\r\n ", "\r\n\t"]) {
    yield* foldedOnce(` ${words}`, start);
  }
}

function* foldedAtWidths(base: string, nameLength: number): Generator<FieldValue> {
  for (const start of ["\r\n ", "\r\n\t"]) {
    for (const width of widths) {
      yield refolded(foldAt(base, nameLength + 1, width, " ", start), elsewhere);
    }
    yield refolded(base.replace(/\?= =\?/g, `?=${start}=?`), elsewhere);
    yield refolded(base.replace(/, ?/g, `,${start}`), elsewhere);
    yield refolded(base.replace(/; ?/g, `;${start}`), elsewhere);
    yield refolded(base.replace(/> </g, `>${start}<`), elsewhere);
    yield refolded(start + base.trim(), elsewhere);
    for (const width of widths) {
      yield refolded(foldAt(base, nameLength + 1, width, ", ", start), elsewhere);
    }
  }
}

/** One line break, at each space in turn. */
function* foldedOnce(text: string, start: string): Generator<FieldValue> {
  let folds = 0;
  for (
    let at = text.indexOf(" ", 1);
    at >= 0 && folds < mostFolds;
    at = text.indexOf(" ", at + 1)
  ) {
    folds++;
    yield refolded(text.slice(0, at) + start + text.slice(at + 1), elsewhere);
    yield refolded(`${text.slice(0, at)}\r\n${text.slice(at)}`, elsewhere);
  }
}

/** Folds before the piece that would exceed the width, as most programs do. */
export function foldAt(
  text: string,
  column: number,
  width: number,
  at: string,
  start: string,
): string {
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
