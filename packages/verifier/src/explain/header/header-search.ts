import type { Canonicalization } from "@mailseal/syntax";
import type { Budget } from "../budget.ts";
import type { Step } from "../cause.ts";
import { type Alternative, alternativesOf } from "./field-instances.ts";
import { HeaderModel } from "./header-model.ts";
import type { HeaderTest } from "./header-test.ts";
import {
  headersWithoutAdditions,
  type MultiFieldAlternative,
  refoldedHeaders,
  rewrittenHeaders,
} from "./multi-field-search.ts";
import type { FieldContext } from "./values/field-value.ts";

/** Changes that, undone, give the header that was signed. */
export interface HeaderFinding {
  readonly steps: readonly Step[];
  /** By lower-case name, where it is in the signed fields: their canonical texts as they were. */
  readonly replaced?: ReadonlyMap<string, readonly string[]>;
  /** Where c= was not what the signer used: how the body was canonicalized. */
  readonly bodyCanonicalization?: Canonicalization;
}

/** Of each name, the likely ones: two changes are looked for among these. */
const mostPaired = 60;

/**
 * One change of one field; several fields added, or all fields rewritten alike; then changes of two fields,
 * and one of those together with one change more.
 */
export function searchHeader(
  model: HeaderModel,
  context: FieldContext,
  test: HeaderTest,
  budget: Budget,
): HeaderFinding | undefined {
  const byKey: Alternative[][] = [];
  for (const key of model.keys) {
    const kept: Alternative[] = [];
    for (const alternative of alternativesOf(key, model, context, budget)) {
      const replaced = new Map([[key, alternative.texts]]);
      if (test.matches(model.signedText(replaced))) {
        return { steps: [alternative.step], replaced };
      }
      if (kept.length < mostPaired) {
        kept.push(alternative);
      }
      if (!budget.hasTime()) {
        return undefined;
      }
    }
    byKey.push(kept);
  }
  const additions = [...headersWithoutAdditions(model)].slice(0, mostBases);
  const share = additions.length === 0 ? pairShare : pairShareBesideAdditions;
  return (
    ownField(model, test) ??
    firstFitting(headersWithoutAdditions(model), model, test) ??
    firstFitting(rewrittenHeaders(model), model, test) ??
    oneBeside(additions, mostPaired, byKey, model, test) ??
    budget.share(share, () => twoFields(nothing, byKey, model, test, budget)) ??
    budget.share(share, () => oneBeside(rewrittenHeaders(model), mostBeside, byKey, model, test)) ??
    budget.share(share, () => firstFitting(refoldedHeaders(model), model, test)) ??
    twoBeside(additions, byKey, model, test, budget)
  );
}

/** Of what is left. */
const pairShare = 0.8;
const pairShareBesideAdditions = 0.45;
const mostBases = 4;
const mostRewrites = 24;
const mostBeside = 20;
const nothing: MultiFieldAlternative = { replaced: new Map(), steps: [] };

function firstFitting(
  alternatives: Iterable<MultiFieldAlternative>,
  model: HeaderModel,
  test: HeaderTest,
): HeaderFinding | undefined {
  for (const { replaced, steps } of alternatives) {
    if (test.matches(model.signedText(replaced))) {
      return { steps, replaced };
    }
    if (test.isOver) {
      return undefined;
    }
  }
  return undefined;
}

/** What is done to several fields, and one change more, the likely ones of each. */
function oneBeside(
  bases: Iterable<MultiFieldAlternative>,
  most: number,
  byKey: readonly (readonly Alternative[])[],
  model: HeaderModel,
  test: HeaderTest,
): HeaderFinding | undefined {
  let count = 0;
  for (const { replaced, steps } of bases) {
    if (++count > mostRewrites || test.isOver) {
      return undefined;
    }
    for (const { key, texts, step } of byKey.flatMap((kept) => kept.slice(0, most))) {
      const both = new Map([...replaced, [key, texts]]);
      if (test.matches(model.signedText(both))) {
        return { steps: [...steps.filter(({ field }) => field !== key), step], replaced: both };
      }
    }
  }
  return undefined;
}

/** Fields added, and two changes more: what lists do. */
function twoBeside(
  bases: readonly MultiFieldAlternative[],
  byKey: readonly (readonly Alternative[])[],
  model: HeaderModel,
  test: HeaderTest,
  budget: Budget,
): HeaderFinding | undefined {
  for (const base of bases) {
    const found = budget.share(pairShare, () => twoFields(base, byKey, model, test, budget));
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/** c= says one thing, and the signer did another, or c= was altered. A few hypotheses only. */
export function otherCanonicalization(
  model: HeaderModel,
  test: HeaderTest,
): HeaderFinding | undefined {
  const { message, field, signature } = model;
  const other = signature.headerCanonicalization === "simple" ? "relaxed" : "simple";
  const otherModel = new HeaderModel(message, field, signature, other);
  const written = `${signature.headerCanonicalization}/${signature.bodyCanonicalization}`;
  if (test.matches(otherModel.signedText())) {
    const detail = `c= says ${written}, but the header was signed with ${other} canonicalization`;
    return { steps: [{ code: "wrong-canonicalization", field: "dkim-signature", detail }] };
  }
  for (const header of ["relaxed", "simple"] as const) {
    for (const body of ["relaxed", "simple"] as const) {
      const tag = `${header}/${body}`;
      const variant = header === other ? otherModel : model;
      const own = variant.own.replace(/([:;\s]c\s*=\s*)[a-z/]{1,20}/i, `$1${tag}`);
      if (tag !== written && test.matches(variant.signedText(new Map(), own))) {
        const detail = `c= was ${tag} when the message was signed, and was changed to ${written}`;
        return {
          steps: [{ code: "wrong-canonicalization", field: "dkim-signature", detail }],
          bodyCanonicalization: body,
        };
      }
    }
  }
  return undefined;
}

/** The signature's own field, folded anew; only simple canonicalization minds. */
function ownField(model: HeaderModel, test: HeaderTest): HeaderFinding | undefined {
  const { own } = model;
  const value = own.slice(own.indexOf(":") + 1);
  const variants = [
    own.replace(/\r\n[ \t]+/g, "\r\n "),
    own.replace(/\r\n[ \t]+/g, "\r\n\t"),
    own.replace(/\r\n[ \t]+/g, "\r\n        "),
    own.replace(/\r\n[ \t]+/g, " "),
    own.replace(/\r\n(?=[ \t])/g, ""),
    own.replace(/;[ \t\r\n]+/g, "; "),
    own.replace(/;[ \t\r\n]+/g, ";\r\n\t"),
    own.replace(/;[ \t\r\n]+/g, ";\r\n "),
    `DKIM-Signature:${value}`,
    `Dkim-Signature:${value}`,
  ];
  for (const variant of new Set(variants)) {
    if (variant !== own && test.matches(model.signedText(new Map(), variant))) {
      const detail =
        "the DKIM-Signature field itself was folded anew or its name spelled in another way";
      return { steps: [{ code: "field-refolded", field: "dkim-signature", detail }] };
    }
  }
  return undefined;
}

/** Programs alter these; other fields come later, as if they stood further down. */
const oftenAltered: ReadonlySet<string> = new Set(
  "subject from to cc reply-to date message-id content-type content-transfer-encoding".split(" "),
);

function weightOf(alternatives: readonly Alternative[]): number {
  const key = alternatives[0]?.key;
  return key !== undefined && oftenAltered.has(key) ? 1 : 3;
}

/** The likely pairs first: by how far down each stands among those of its name. */
function twoFields(
  base: MultiFieldAlternative,
  byKey: readonly (readonly Alternative[])[],
  model: HeaderModel,
  test: HeaderTest,
  budget: Budget,
): HeaderFinding | undefined {
  const others = byKey.filter(([first]) => first !== undefined && !base.replaced.has(first.key));
  const farthest = 2 * Math.max(0, ...others.map((kept) => weightOf(kept) * kept.length));
  for (let distance = 0; distance <= farthest; distance++) {
    for (const [one, other] of pairsAt(distance, others)) {
      const replaced = new Map([
        ...base.replaced,
        [one.key, one.texts] as const,
        [other.key, other.texts] as const,
      ]);
      if (test.matches(model.signedText(replaced))) {
        return { steps: [...base.steps, one.step, other.step], replaced };
      }
      if (!budget.hasTime()) {
        return undefined;
      }
    }
  }
  return undefined;
}

function* pairsAt(
  distance: number,
  byKey: readonly (readonly Alternative[])[],
): Generator<readonly [Alternative, Alternative]> {
  for (const [index, firsts] of byKey.entries()) {
    for (const seconds of byKey.slice(index + 1)) {
      const [weight, otherWeight] = [weightOf(firsts), weightOf(seconds)];
      for (const [place, one] of firsts.entries()) {
        const otherPlace = (distance - weight * place) / otherWeight;
        const other = seconds[otherPlace];
        if (other !== undefined) {
          yield [one, other];
        }
        if (otherPlace < 0) {
          break;
        }
      }
    }
  }
}
