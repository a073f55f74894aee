import type { Algorithm } from "@mailseal/crypto";
import type { Canonicalization, DkimSignature } from "@mailseal/syntax";
import { type BodyContext, searchBody } from "./body-search.ts";
import { BodyTest } from "./body-test.ts";
import type { Budget } from "./budget.ts";
import type { Cause, Step } from "./cause.ts";

/** What is known of a body that does not match; no steps: nothing that could be proven. */
export interface BodyFinding {
  readonly steps: readonly Step[] | undefined;
  /** Where the body as it is matches in a canonicalization that c= does not name. */
  readonly matchesAs?: Canonicalization;
}

/** Looks once for what happened to a body, whatever the number of signatures over it. */
export function findBody(
  body: string,
  context: BodyContext,
  signature: DkimSignature,
  algorithm: Algorithm,
  canonicalization: Canonicalization,
  budget: Budget,
  known: Map<string, BodyFinding>,
): BodyFinding {
  const identity = [
    Buffer.from(signature.bodyHash).toString("hex"),
    canonicalization,
    signature.bodyLength ?? "",
  ].join(" ");
  let finding = known.get(identity);
  if (finding === undefined) {
    finding = search(body, context, signature, algorithm, canonicalization, budget);
    known.set(identity, finding);
  }
  return finding;
}

function search(
  body: string,
  context: BodyContext,
  signature: DkimSignature,
  algorithm: Algorithm,
  canonicalization: Canonicalization,
  budget: Budget,
): BodyFinding {
  const test = new BodyTest(signature, algorithm, canonicalization, budget);
  if (canonicalization !== signature.bodyCanonicalization && test.matches(body)) {
    return { steps: [] };
  }
  if (canonicalization === "relaxed") {
    const simple = new BodyTest(signature, algorithm, "simple", budget);
    if (simple.matches(body)) {
      return { steps: [], matchesAs: "simple" };
    }
  }
  return { steps: searchBody(body, context, test, budget) };
}

/** The causes that a finding stands for. */
export function bodyCauses(
  { steps, matchesAs }: BodyFinding,
  signature: DkimSignature,
  bodyBytes: number,
  budget: Budget,
): readonly Cause[] {
  if (matchesAs !== undefined) {
    const detail = `c= says ${signature.bodyCanonicalization} for the body, but the signer hashed it in its ${matchesAs} form`;
    const evidence = `the hash of the body in its ${matchesAs} form is the one in bh=`;
    return [{ code: "wrong-canonicalization", field: "dkim-signature", evidence, detail }];
  }
  if (steps !== undefined) {
    const evidence = "with this undone, the hash of the body is the one in bh=";
    return steps.map((step) => ({ ...step, evidence }));
  }
  const { bodyLength } = signature;
  if (bodyLength !== undefined && bodyLength > bodyBytes) {
    return [
      {
        code: "body-truncated",
        evidence: `l=${bodyLength} octets were signed, ${bodyBytes} are there`,
        detail: `the end of the body is missing: ${bodyLength - bodyBytes} octets that were signed`,
      },
    ];
  }
  return [
    {
      code: "not-determined",
      evidence: `the body does not match bh=, nor does it with any of the changes that were undone${boundOf(budget)}`,
      detail: "the body was changed in a way that cannot be undone",
    },
  ];
}

/** Said of every search that ended without result. */
export function boundOf(budget: Budget): string {
  return budget.bounded ? `; the bound was reached after ${budget.tested} hypotheses` : "";
}
