import { type Algorithm, findAlgorithm } from "@mailseal/crypto";
import {
  type DkimSignature,
  fieldValue,
  type HeaderField,
  type Message,
  parseSignature,
} from "@mailseal/syntax";
import { factsOf, factsOfUnreadable, type Finding } from "./facts.ts";

/** A DKIM-Signature field that was read, or the reason why it cannot be used. */
export type CandidateSignature =
  | {
      readonly ok: true;
      readonly field: HeaderField;
      readonly signature: DkimSignature;
      readonly algorithm: Algorithm;
    }
  | (Finding & { readonly ok: false });

/** A DKIM-Signature field that was read. */
export type ReadSignature = Extract<CandidateSignature, { ok: true }>;

/** Reads one DKIM-Signature field. Never throws for its content. */
export function readSignature(message: Message, field: HeaderField): CandidateSignature {
  const parsed = parseSignature(fieldValue(message, field));
  if (!parsed.ok) {
    return {
      ok: false,
      // A malformed hash matches no body.
      result: parsed.code === "bad-body-hash" ? "fail" : "permerror",
      code: `syntax:${parsed.code}`,
      reason: parsed.reason,
      facts: factsOfUnreadable(parsed.partial),
    };
  }
  const { signature } = parsed;
  const algorithm = findAlgorithm(signature.algorithm);
  if (algorithm === undefined) {
    return {
      ok: false,
      result: "permerror",
      code: "syntax:bad-algorithm",
      reason: `a=${signature.algorithm} is not a known algorithm`,
      facts: factsOf(signature),
    };
  }
  return { ok: true, field, signature, algorithm };
}
