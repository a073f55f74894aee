import type { CauseCode } from "../cause.ts";
import { type BodyCandidate, firstDifference } from "./body-candidate.ts";

/** A change that was made in some places only, and not in others that look alike. */
interface Choice {
  readonly code: CauseCode;
  readonly detail: string;
  readonly pattern: RegExp;
  readonly before: string;
}

/** If there are more places than this, they are not tried one by one. */
const mostPlaces = 400;
/** With up to this many places, every combination of them is tried. */
const mostFree = 8;

const whitespace = "body-whitespace";
const edited = "body-edited";

const tabToSpace = choice(whitespace, "a tab became a space", / /g, "\t");
const choices: readonly Choice[] = [
  choice(whitespace, "tabs became eight spaces", / {8}/g, "\t"),
  choice(whitespace, "tabs became four spaces", / {4}/g, "\t"),
  choice(whitespace, "tabs at the start of lines became spaces", /^ +/gm, "\t"),
  choice(whitespace, "tabs became spaces", / {2,}/g, "\t"),
  tabToSpace,
  choice(whitespace, "eight spaces became a tab", /\t/g, "        "),
  choice(whitespace, "four spaces became a tab", /\t/g, "    "),
  choice(whitespace, "a space became a tab", /\t/g, " "),
  choice(whitespace, "runs of spaces became one", /(?<=[.!?;:,]) (?=\S)/g, "  "),
  choice(whitespace, "runs of spaces became one", / (?=\S)/g, "  "),
  choice(whitespace, "spaces were doubled", / {2}/g, " "),
  choice(whitespace, "white space was added at the end of lines", /(?<![ \t])[ \t]+(?=\r\n)/g, ""),
  choice(whitespace, "white space at the end of a line was removed", /(?<=\S)(?=\r\n)/g, " "),
  choice("body-line-endings", "CRLF line endings became bare LF", /(?<!\r)\n/g, "\r\n"),
  choice("body-line-endings", "a bare LF became a CRLF line ending", /\r\n/g, "\n"),
  choice(
    edited,
    "dots at the start of some lines were doubled for SMTP (dot stuffing), and that was not undone",
    /^\.\./gm,
    ".",
  ),
  choice(edited, "double dots at the start of some lines became single", /^\./gm, ".."),
  choice(edited, "a dot at the start of a line was removed", /^(?=.)/gm, "."),
  choice(edited, 'lines that begin with "From " were escaped with ">"', /^>From /gm, "From "),
  choice(edited, 'lines that begin with ">From " lost their ">"', /^From /gm, ">From "),
  choice(edited, 'lines that begin with "From " were escaped with a space', /^ From /gm, "From "),
  choice(edited, "a line was broken", /(?<=\S)\r\n(?=\S)/g, " "),
  choice(edited, "two lines were joined", / /g, "\r\n"),
];

function choice(code: CauseCode, detail: string, pattern: RegExp, before: string): Choice {
  return { code, detail, pattern, before };
}

/** Bodies with a change undone in one place, in the first or last few places, or in any combination of few. */
export function* partlyRewrittenBodies(body: string): Generator<BodyCandidate> {
  yield* undoneInPlaces(body, body, choices);
  // Tabs became spaces at the start of lines and in one more place.
  const indented = body.replace(/^ (?! )/gm, "\t");
  if (indented !== body) {
    yield* undoneInPlaces(body, indented, [tabToSpace]);
  }
}

function* undoneInPlaces(
  body: string,
  base: string,
  tried: readonly Choice[],
): Generator<BodyCandidate> {
  for (const { code, detail, pattern, before } of tried) {
    for (const chosen of selections(placesOf(base, pattern))) {
      const undone = replacedAt(base, chosen, before);
      yield {
        body: undone,
        steps: [{ code, detail, changes: firstDifference(body, undone) ?? [] }],
      };
    }
  }
}

interface Place {
  readonly from: number;
  readonly to: number;
}

function placesOf(body: string, pattern: RegExp): readonly Place[] {
  const places: Place[] = [];
  for (const { index, 0: found } of body.matchAll(pattern)) {
    places.push({ from: index, to: index + found.length });
    if (places.length > mostPlaces) {
      return [];
    }
  }
  return places;
}

function* selections(places: readonly Place[]): Generator<readonly Place[]> {
  const count = places.length;
  if (count <= mostFree) {
    for (let bits = 1; bits < 1 << count; bits++) {
      yield places.filter((_, index) => ((bits >> index) & 1) === 1);
    }
    return;
  }
  for (let index = 0; index < count; index++) {
    yield places.slice(index, index + 1);
  }
  for (let length = 2; length < count; length++) {
    yield places.slice(-length);
    yield places.slice(0, length);
  }
  for (let index = 0; index < count; index++) {
    yield places.toSpliced(index, 1);
  }
}

function replacedAt(body: string, places: readonly Place[], before: string): string {
  let text = "";
  let from = 0;
  for (const place of places) {
    text += body.slice(from, place.from) + before;
    from = place.to;
  }
  return text + body.slice(from);
}
