import type { Canonicalization } from "@mailseal/syntax";
import type { Budget } from "./budget.ts";
import type { Step } from "./cause.ts";
import { type Alternative, alternativesOf } from "./field-instances.ts";
import type { FieldContext } from "./field-value.ts";
import { withoutAdditions } from "./header-additions.ts";
import { HeaderModel } from "./header-model.ts";
import type { HeaderTest } from "./header-test.ts";
import { type WideAlternative, wideAlternatives } from "./header-wide.ts";

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
  return (
    ownField(model, test) ??
    severalFields(model, test) ??
    budget.share(pairShare, () => twoFields(byKey, model, test, budget)) ??
    severalAndOne(byKey, model, test, budget)
  );
}

/** Of what is left. */
const pairShare = 0.7;

function* wideOnes(model: HeaderModel): Generator<WideAlternative> {
  yield* withoutAdditions(model);
  yield* wideAlternatives(model);
}

function severalFields(model: HeaderModel, test: HeaderTest): HeaderFinding | undefined {
  for (const { replaced, steps } of wideOnes(model)) {
    if (test.matches(model.signedText(replaced))) {
      return { steps, replaced };
    }
  }
  return undefined;
}

const mostWide = 24;
const mostBeside = 20;

/** What is done to several fields, and one change more, the likely ones of each. */
function severalAndOne(
  byKey: readonly (readonly Alternative[])[],
  model: HeaderModel,
  test: HeaderTest,
  budget: Budget,
): HeaderFinding | undefined {
  let count = 0;
  for (const { replaced, steps } of wideOnes(model)) {
    if (++count > mostWide) {
      return undefined;
    }
    for (const { key, texts, step } of byKey.flatMap((kept) => kept.slice(0, mostBeside))) {
      const both = new Map([...replaced, [key, texts]]);
      if (test.matches(model.signedText(both))) {
        return { steps: [...steps.filter(({ field }) => field !== key), step], replaced: both };
      }
      if (!budget.hasTime()) {
        return undefined;
      }
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

/** The likely pairs first: by how far down each stands among those of its name. */
function twoFields(
  byKey: readonly (readonly Alternative[])[],
  model: HeaderModel,
  test: HeaderTest,
  budget: Budget,
): HeaderFinding | undefined {
  const longest = Math.max(0, ...byKey.map((alternatives) => alternatives.length));
  for (let rank = 0; rank <= 2 * longest; rank++) {
    for (const [index, first] of byKey.entries()) {
      for (const second of byKey.slice(index + 1)) {
        for (let place = Math.max(0, rank - second.length + 1); place <= rank; place++) {
          const one = first[place];
          const other = second[rank - place];
          if (one === undefined || other === undefined) {
            continue;
          }
          const replaced = new Map([
            [one.key, one.texts],
            [other.key, other.texts],
          ]);
          if (test.matches(model.signedText(replaced))) {
            return { steps: [one.step, other.step], replaced };
          }
          if (!budget.hasTime()) {
            return undefined;
          }
        }
      }
    }
  }
  return undefined;
}
