import type { Algorithm } from "@mailseal/crypto";
import type { Canonicalization, DkimSignature } from "@mailseal/syntax";
import type { Budget } from "../budget.ts";
import type { Cause, Step } from "../cause.ts";
import { type BodyContext, searchBody } from "./body-search.ts";
import { BodyTest } from "./body-test.ts";

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

/** What is known of the header when the body is explained. */
export interface BodyProof {
  readonly signature: DkimSignature;
  /** Whether the signature over the header, and so over bh=, was shown to be as it was made. */
  readonly header: "proven" | "unproven";
  /** Octets of the canonical body. */
  readonly bodyBytes: number;
  /** Whether the closing delimiter of a multipart is missing that the signed Content-Type announces. */
  readonly end: "closed" | "unclosed";
}

/** The causes that a finding stands for. */
export function bodyCauses(
  { steps, matchesAs }: BodyFinding,
  proof: BodyProof,
  budget: Budget,
): readonly Cause[] {
  const { signature } = proof;
  if (matchesAs !== undefined) {
    const detail = `c= says ${signature.bodyCanonicalization} for the body, but the signer hashed it in its ${matchesAs} form`;
    const evidence = `the hash of the body in its ${matchesAs} form is the one in bh=`;
    return [{ code: "wrong-canonicalization", field: "dkim-signature", evidence, detail }];
  }
  if (steps !== undefined) {
    const evidence = "with this undone, the hash of the body is the one in bh=";
    return steps.map((step) => ({ ...step, evidence }));
  }
  return [truncated(proof) ?? alteredSomehow(proof, budget)];
}

/** What shows that the end is missing, though nobody can tell what it was. */
function truncated({ signature, header, bodyBytes, end }: BodyProof): Cause | undefined {
  const { bodyLength } = signature;
  if (bodyLength !== undefined && bodyLength > bodyBytes) {
    return {
      code: "body-truncated",
      evidence: `l=${bodyLength} octets were signed, ${bodyBytes} are there`,
      detail: `the end of the body is missing: ${bodyLength - bodyBytes} octets that were signed`,
    };
  }
  if (header === "proven" && bodyBytes <= "\r\n".length) {
    return {
      code: "body-truncated",
      evidence: "the signature proves bh=, which is the hash of a body; none is there",
      detail: "the whole body is missing",
    };
  }
  if (header === "proven" && end === "unclosed") {
    return {
      code: "body-truncated",
      evidence:
        "the signature proves Content-Type and bh=; the body ends before the line that closes its parts",
      detail: "the end of the message was cut off",
    };
  }
  return undefined;
}

function alteredSomehow({ header }: BodyProof, budget: Budget): Cause {
  const tried = `none of the changes that were undone gives the body that was signed${boundOf(budget)}`;
  return header === "proven"
    ? {
        code: "body-edited",
        evidence: `the signature proves the header, and with it bh=; the body has another hash, and ${tried}`,
        detail:
          "the body was changed in a way that cannot be undone: text or parts were replaced or removed",
      }
    : {
        code: "not-determined",
        evidence: `the body does not match bh=; ${tried}`,
        detail: "the body was changed in a way that cannot be undone",
      };
}

/** Said of every search that ended without result. */
export function boundOf(budget: Budget): string {
  return budget.bounded ? `; the bound was reached after ${budget.tested} hypotheses` : "";
}
