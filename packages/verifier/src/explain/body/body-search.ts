import type { Budget } from "../budget.ts";
import type { Step } from "../cause.ts";
import { type MimeTree, readMimeTree } from "../mime/mime-tree.ts";
import { type BodyCandidate, firstDifference } from "./body-candidate.ts";
import { insertedBlock, linesOf, signedPrefix } from "./body-lines.ts";
import { bodyRewrites } from "./body-rewrites.ts";
import type { BodyTest } from "./body-test.ts";
import { bodiesWithoutBanners, bodiesWithoutFooters } from "./part-additions.ts";
import { reencodedBodies } from "./part-encodings.ts";
import { restructuredBodies } from "./part-structure.ts";
import { partlyRewrittenBodies } from "./partial-rewrites.ts";

/** The header fields that describe a body, as received and as they may have been when signed. */
export interface BodyContext {
  readonly contentType: string;
  readonly encoding: string;
  /** Boundaries that the message may have had: of Content-Type as it is, and of its copy in z=. */
  readonly boundaries: readonly string[];
}

/** In longer bodies only likely changes are tried, because each try hashes the whole body. */
const exhaustiveBytes = 256 * 1024;
/** In longer bodies two changes are not combined, because the intermediate bodies would fill the memory. */
const twoStepBytes = 1 << 20;
const maxSecondSteps = 64;
/** The share of the remaining budget; the rest is for changes of two kinds. */
const exhaustiveShare = 0.6;

/**
 * Searches for the changes that, when undone, restore the signed body: first one change, then a change with
 * text appended after it, then two changes. Undefined if none is found within the budget.
 */
export function searchBody(
  body: string,
  context: BodyContext,
  test: BodyTest,
  budget: Budget,
): readonly Step[] | undefined {
  const oneStep =
    body.length > exhaustiveBytes
      ? // One pass over a long body finds appended text, while each rewrite takes a pass of its own.
        (appended(body, test, budget) ?? firstMatch(inTurns(body, context, budget), test, budget))
      : (firstMatch(rewrittenBodies(body, budget), test, budget) ??
        appended(body, test, budget) ??
        firstMatch(mimeCandidates(body, context), test, budget));
  if (oneStep !== undefined || body.length > twoStepBytes) {
    return oneStep;
  }
  const rewritten = [...rewrittenBodies(body, budget)];
  return (
    appendedTo(rewritten, test, budget) ??
    firstMatch(twoRewrites(rewritten, budget), test, budget) ??
    exhaustive(body, test, budget) ??
    afterTwoKinds(body, rewritten, context, test, budget)
  );
}

/** Tries each place and each block of lines, in short bodies only. */
function exhaustive(body: string, test: BodyTest, budget: Budget): readonly Step[] | undefined {
  if (body.length > exhaustiveBytes) {
    return undefined;
  }
  return budget.share(
    exhaustiveShare,
    () => firstMatch(partlyRewrittenBodies(body), test, budget) ?? inserted(body, test, budget),
  );
}

function* rewrittenBodies(body: string, budget: Budget): Generator<BodyCandidate> {
  for (const { code, detail, undo } of bodyRewrites) {
    if (!budget.hasTime()) {
      return;
    }
    const before = undo(body);
    if (before !== body) {
      yield {
        body: before,
        steps: [{ code, detail, changes: firstDifference(body, before) ?? [] }],
      };
    }
  }
}

function* twoRewrites(
  rewritten: readonly BodyCandidate[],
  budget: Budget,
): Generator<BodyCandidate> {
  for (const first of rewritten) {
    for (const second of rewrittenBodies(first.body, budget)) {
      yield { body: second.body, steps: [...first.steps, ...second.steps] };
    }
  }
}

/** Alternates between the kinds, because a long body leaves time only for the first few of each. */
function* inTurns(body: string, context: BodyContext, budget: Budget): Generator<BodyCandidate> {
  const { leaves, multiparts } = treeOf(body, context);
  const kinds = [
    rewrittenBodies(body, budget),
    reencodedBodies(body, leaves),
    bodiesWithoutFooters(body, leaves),
    restructuredBodies(body, { leaves, multiparts }, context.boundaries),
    bodiesWithoutBanners(body, leaves),
  ];
  const open = new Set(kinds);
  while (open.size > 0) {
    for (const kind of open) {
      const next = kind.next();
      if (next.done === true) {
        open.delete(kind);
      } else {
        yield next.value;
      }
    }
  }
}

function* mimeCandidates(body: string, context: BodyContext): Generator<BodyCandidate> {
  const tree = treeOf(body, context);
  yield* restructuredBodies(body, tree, context.boundaries);
  yield* bodiesWithoutFooters(body, tree.leaves);
  yield* reencodedBodies(body, tree.leaves);
  yield* bodiesWithoutBanners(body, tree.leaves);
}

function treeOf(body: string, { contentType, encoding }: BodyContext): MimeTree {
  return readMimeTree(body, contentType, encoding);
}

/** Combines a rewrite or appended text with a change of the MIME parts. */
function afterTwoKinds(
  body: string,
  rewritten: readonly BodyCandidate[],
  context: BodyContext,
  test: BodyTest,
  budget: Budget,
): readonly Step[] | undefined {
  for (const candidate of mimeCandidates(body, context)) {
    if (!budget.hasTime()) {
      return undefined;
    }
    const found = appendedTo([candidate], test, budget);
    if (found !== undefined) {
      return found;
    }
  }
  for (const { body: before, steps } of rewritten.slice(0, maxSecondSteps)) {
    const further = firstMatch(mimeCandidates(before, context), test, budget);
    if (further !== undefined) {
      return [...steps, ...further];
    }
  }
  return undefined;
}

function firstMatch(
  candidates: Iterable<BodyCandidate>,
  test: BodyTest,
  budget: Budget,
): readonly Step[] | undefined {
  for (const { body, steps } of candidates) {
    if (test.matches(body)) {
      return steps;
    }
    if (!budget.hasTime()) {
      return undefined;
    }
  }
  return undefined;
}

function appendedTo(
  candidates: Iterable<BodyCandidate>,
  test: BodyTest,
  budget: Budget,
): readonly Step[] | undefined {
  for (const { body, steps } of candidates) {
    const found = appended(body, test, budget);
    if (found !== undefined) {
      return [...found, ...steps];
    }
    if (!budget.hasTime()) {
      return undefined;
    }
  }
  return undefined;
}

/** With l=, appended text is not hashed, so a matching prefix would prove nothing. */
function appended(body: string, test: BodyTest, budget: Budget): readonly Step[] | undefined {
  if (test.length !== undefined || !budget.hasTime()) {
    return undefined;
  }
  const lines = linesOf(test.canonical(body));
  const signed = signedPrefix(lines, test, budget);
  if (signed === undefined) {
    return undefined;
  }
  const rest = linesOf(body).slice(signed).join("");
  if (rest.trim() === "") {
    const detail = "lines with only white space were added at the end of the body";
    return [
      { code: "body-trailing-blank-lines", detail, changes: [{ received: rest.slice(0, 400) }] },
    ];
  }
  const count = lines.length - signed;
  const what = `${count} ${count === 1 ? "line was" : "lines were"} added at the end of the body`;
  return [{ code: "body-appended", detail: what, changes: [{ received: rest.slice(0, 1000) }] }];
}

function inserted(body: string, test: BodyTest, budget: Budget): readonly Step[] | undefined {
  if (test.length !== undefined) {
    return undefined;
  }
  const lines = linesOf(test.canonical(body));
  const block = insertedBlock(lines, test, budget);
  if (block === undefined) {
    return undefined;
  }
  const { from, to } = block;
  const received = linesOf(body).slice(from, to).join("");
  const what = to - from === 1 ? `line ${from + 1} was` : `lines ${from + 1} to ${to} were`;
  const detail = `${what} added to the body; the rest is as it was signed`;
  return [{ code: "body-edited", detail, changes: [{ received: received.slice(0, 1000) }] }];
}
