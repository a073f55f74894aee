import type { DkimSignature, PartialSignature } from "@mailseal/syntax";
import type { Result, Verdict, VerdictCode } from "./verdict.ts";

/** What becomes known of a signature step by step, whatever the result: all of a verdict that is no conclusion. */
export type Facts = Mutable<
  Omit<Verdict, keyof Conclusion | "aligned" | "trusted" | "signatureStart">
>;

/** What follows from the facts. */
export interface Conclusion {
  readonly result: Result;
  readonly code: VerdictCode;
  readonly reason: string;
}

/** What is known of a signature before alignment and the rest of the message come in. */
export interface Finding extends Conclusion {
  readonly facts: Facts;
}

export type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** What a signature that could be read says of itself. */
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

/** What one claims that could not be read. */
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
