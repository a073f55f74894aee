import type { DkimSignature, PartialSignature } from "@mailseal/syntax";
import type { Result, Verdict, VerdictCode } from "./verdict.ts";

/** The facts about a signature, found step by step and whatever the result: a verdict without its conclusion. */
export type Facts = Mutable<
  Omit<Verdict, keyof Conclusion | "aligned" | "trusted" | "signatureStart">
>;

/** The conclusion from the facts. */
export interface Conclusion {
  readonly result: Result;
  readonly code: VerdictCode;
  readonly reason: string;
}

/** The facts and the conclusion about a signature, before alignment is added. */
export interface Finding extends Conclusion {
  readonly facts: Facts;
}

export type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** The facts in a signature field that could be read. */
export function factsOf(signature: DkimSignature): Facts {
  const { timestamp, expiration } = signature;
  const facts: Facts = {
    testing: false,
    noSubdomains: false,
    signedFields: signature.signedFields,
    unsignedBodyBytes: 0,
    bodyHash: "none",
    signature: "none",
    domain: signature.domain,
    selector: signature.selector,
    identity: signature.identity,
    algorithm: signature.algorithm,
    canonicalization: `${signature.headerCanonicalization}/${signature.bodyCanonicalization}`,
  };
  if (timestamp !== undefined) facts.timestamp = timestamp;
  if (expiration !== undefined) facts.expiration = expiration;
  return facts;
}

/** The claims of a signature field that could not be read as a whole. */
export function factsOfUnreadable(claims: PartialSignature): Facts {
  const { domain, selector, algorithm, identity } = claims;
  return {
    testing: false,
    noSubdomains: false,
    signedFields: [],
    unsignedBodyBytes: 0,
    bodyHash: "none",
    signature: "none",
    ...(domain === undefined ? {} : { domain }),
    ...(selector === undefined ? {} : { selector }),
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(identity === undefined ? {} : { identity }),
  };
}
