import type { Algorithm } from "@mailseal/crypto";
import type { Canonicalization, DkimSignature } from "@mailseal/syntax";
import type { Budget } from "../budget.ts";
import type { Cause, Step } from "../cause.ts";
import { type BodyContext, searchBody } from "./body-search.ts";
import { BodyTest } from "./body-test.ts";

/** The result of searching a body that does not match; `steps` is undefined if nothing could be proven. */
export interface BodyFinding {
  readonly steps: readonly Step[] | undefined;
  /** The canonicalization that makes the received body match, if it is not the one in c=. */
  readonly matchesAs?: Canonicalization;
}

/** Searches a body once, however many signatures cover it. */
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

/** Facts about the header that help to explain the body. */
export interface BodyProof {
  readonly signature: DkimSignature;
  /** Whether the header, and so bh= in it, is proven to be as signed. */
  readonly header: "proven" | "unproven";
  /** Octets of the canonical body. */
  readonly bodyBytes: number;
  /** Whether the closing delimiter of a multipart is missing that the signed Content-Type announces. */
  readonly end: "closed" | "unclosed";
}

/** The causes that follow from a finding. */
export function bodyCauses(
  { steps, matchesAs }: BodyFinding,
  proof: BodyProof,
  budget: Budget,
): readonly Cause[] {
  const { signature } = proof;
  if (matchesAs !== undefined) {
    const detail = `c= says ${signature.bodyCanonicalization} for the body, but the signer hashed the ${matchesAs} form`;
    const evidence = `the hash of the ${matchesAs} form of the body matches bh=`;
    return [{ code: "wrong-canonicalization", field: "dkim-signature", evidence, detail }];
  }
  if (steps !== undefined) {
    const evidence = "with this change undone, the hash of the body matches bh=";
    return steps.map((step) => ({ ...step, evidence }));
  }
  return [truncated(proof) ?? alteredSomehow(proof, budget)];
}

/** Recognizes a missing end, although its content is unknown. */
function truncated({ signature, header, bodyBytes, end }: BodyProof): Cause | undefined {
  const { bodyLength } = signature;
  if (bodyLength !== undefined && bodyLength > bodyBytes) {
    return {
      code: "body-truncated",
      evidence: `l= says that ${bodyLength} octets were signed; the body has ${bodyBytes}`,
      detail: `the end of the body is missing: ${bodyLength - bodyBytes} signed octets`,
    };
  }
  if (header === "proven" && bodyBytes <= "\r\n".length) {
    return {
      code: "body-truncated",
      evidence: "the signature proves bh=, the hash of a body; the message has none",
      detail: "the whole body is missing",
    };
  }
  if (header === "proven" && end === "unclosed") {
    return {
      code: "body-truncated",
      evidence:
        "the signature proves Content-Type and bh=; the body ends before its closing boundary",
      detail: "the end of the message was cut off",
    };
  }
  return undefined;
}

function alteredSomehow({ header }: BodyProof, budget: Budget): Cause {
  const tried = `no change that was undone restores the signed body${boundOf(budget)}`;
  return header === "proven"
    ? {
        code: "body-edited",
        evidence: `the signature proves the header and bh= in it; the body has another hash, and ${tried}`,
        detail:
          "the body was changed in a way that cannot be undone: text or parts were replaced or removed",
      }
    : {
        code: "not-determined",
        evidence: `the body does not match bh=; ${tried}`,
        detail: "the body was changed in a way that cannot be undone",
      };
}

/** Added to the evidence of a search that found nothing. */
export function boundOf(budget: Budget): string {
  return budget.bounded ? `; the limit was reached after ${budget.tested} hypotheses` : "";
}
