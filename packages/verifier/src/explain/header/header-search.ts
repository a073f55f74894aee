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

/** The changes that, when undone, restore the signed header. */
export interface HeaderFinding {
  readonly steps: readonly Step[];
  /** By lower-case name: the canonical texts as they were signed, if the change is in signed fields. */
  readonly replaced?: ReadonlyMap<string, readonly string[]>;
  /** The canonicalization of the body, if c= does not say what the signer used. */
  readonly bodyCanonicalization?: Canonicalization;
}

/** The number of likely alternatives of each name among which two changes are searched for. */
const mostPaired = 60;

/**
 * Tries one change of one field, several added fields, and all fields rewritten alike; then changes of two
 * fields, and several fields together with one more change.
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

/** Shares of the remaining budget. */
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

/** A change of several fields together with one more change, among the likely ones of each field. */
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

/** Added fields together with two more changes, as mailing lists make. */
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

/** Whether the signer did not do what c= says, or c= was altered. Tests only a few hypotheses. */
export function otherCanonicalization(
  model: HeaderModel,
  test: HeaderTest,
): HeaderFinding | undefined {
  const { message, field, signature } = model;
  const other = signature.headerCanonicalization === "simple" ? "relaxed" : "simple";
  const otherModel = new HeaderModel(message, field, signature, other);
  const written = `${signature.headerCanonicalization}/${signature.bodyCanonicalization}`;
  if (test.matches(otherModel.signedText())) {
    const detail = `c= says ${written}, but the signer used ${other} canonicalization for the header`;
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

/** The signature's own field refolded, which matters with simple canonicalization only. */
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
        "the DKIM-Signature field itself was refolded, or its name was spelled in another way";
      return { steps: [{ code: "field-refolded", field: "dkim-signature", detail }] };
    }
  }
  return undefined;
}

/** Fields that programs often alter; alternatives of other fields are tried later. */
const oftenAltered: ReadonlySet<string> = new Set(
  "subject from to cc reply-to date message-id content-type content-transfer-encoding".split(" "),
);

function weightOf(alternatives: readonly Alternative[]): number {
  const key = alternatives[0]?.key;
  return key !== undefined && oftenAltered.has(key) ? 1 : 3;
}

/** The most likely pairs come first, by the rank of each alternative among those of its field. */
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
