import { type Algorithm, findAlgorithm } from "@mailseal/crypto";
import {
  type DkimSignature,
  fieldValue,
  type HeaderField,
  type Message,
  parseSignature,
} from "@mailseal/syntax";
import type { Result, Verdict, VerdictCode } from "./verdict.ts";

/** A DKIM-Signature field that was read, or the reason why it cannot be. */
export type CandidateSignature =
  | {
      readonly ok: true;
      readonly field: HeaderField;
      readonly signature: DkimSignature;
      readonly algorithm: Algorithm;
    }
  | {
      readonly ok: false;
      readonly result: Result;
      readonly code: VerdictCode;
      readonly reason: string;
      readonly claims: Partial<Verdict>;
    };

/** Reads one DKIM-Signature field. Never throws for its content. */
export function readSignature(message: Message, field: HeaderField): CandidateSignature {
  const parsed = parseSignature(fieldValue(message, field));
  if (!parsed.ok) {
    return {
      ok: false,
      // An encoding that no hash has is a hash that no body has.
      result: parsed.code === "bad-body-hash" ? "fail" : "permerror",
      code: `syntax:${parsed.code}`,
      reason: parsed.reason,
      claims: claimsOf(parsed.partial),
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
      claims: describe(signature),
    };
  }
  return { ok: true, field, signature, algorithm };
}

/** What a verdict repeats of a signature that could be read. */
export function describe(signature: DkimSignature): Partial<Verdict> {
  const { timestamp, expiration } = signature;
  return {
    domain: signature.domain,
    selector: signature.selector,
    identity: signature.identity,
    algorithm: signature.algorithm,
    canonicalization: `${signature.headerCanonicalization}/${signature.bodyCanonicalization}`,
    signedFields: signature.signedFields,
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(expiration === undefined ? {} : { expiration }),
  };
}

function claimsOf(partial: {
  readonly domain?: string;
  readonly selector?: string;
  readonly algorithm?: string;
  readonly identity?: string;
}): Partial<Verdict> {
  const { domain, selector, algorithm, identity } = partial;
  return {
    ...(domain === undefined ? {} : { domain }),
    ...(selector === undefined ? {} : { selector }),
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(identity === undefined ? {} : { identity }),
  };
}
