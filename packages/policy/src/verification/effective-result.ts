import type { VerificationSettings } from "@mailseal/config";
import type { Result, Verdict, VerificationReport } from "@mailseal/verifier";

/** The verification options that decide which signatures count. */
export type CountingOption = "alignment" | "maximumAge" | "trustedSigners";

type CountingSettings = Pick<VerificationSettings, CountingOption>;

/** RFC 8601 2.7.1: the result of a message; none if no signature counts. */
type MessageResult = Result | "none";

/** RFC 7372 3.1: why no signature could be relied on. */
export type MissingReason = "no-passing" | "no-acceptable" | "no-author-matched";

export interface EffectiveResult {
  readonly result: MessageResult;
  /** The reason of the signature that gave the result, or why no signature counts. One printable line. */
  readonly reason: string;
  /** Has a meaning unless the result is pass. */
  readonly missing: MissingReason;
}

/** From best to worst. temperror ranks high because the signature may still pass. */
const order: readonly Result[] = ["pass", "temperror", "policy", "neutral", "fail", "permerror"];

/**
 * The best result among the signatures that count.
 *
 * A signature with a testing key is ignored: RFC 6376 3.6.1 forbids treating such mail differently from unsigned
 * mail. A signature without t= has no age, so it is too old if `maximumAge` is set.
 */
export function effectiveResult(
  { signatures }: VerificationReport,
  settings: CountingSettings,
  nowSeconds: number,
): EffectiveResult {
  const real = signatures.filter(({ testing }) => !testing);
  const acceptable = real.filter((verdict) => isAcceptable(verdict, settings, nowSeconds));
  const effective = acceptable.filter((verdict) => isAligned(verdict, settings));
  const [best] = effective.toSorted(
    (one, other) => order.indexOf(one.result) - order.indexOf(other.result),
  );
  const missing = missingReason(real, acceptable);
  return best === undefined
    ? { result: "none", reason: noneReason(signatures, real), missing }
    : { result: best.result, reason: best.reason, missing };
}

function isAcceptable(
  { domain, timestamp }: Verdict,
  { trustedSigners, maximumAge }: CountingSettings,
  nowSeconds: number,
): boolean {
  if (trustedSigners !== undefined && !(domain !== undefined && trustedSigners.includes(domain))) {
    return false;
  }
  return (
    maximumAge === undefined ||
    maximumAge === 0 ||
    (timestamp !== undefined && nowSeconds - timestamp <= maximumAge / 1000)
  );
}

function isAligned({ aligned }: Verdict, { alignment }: CountingSettings): boolean {
  switch (alignment) {
    case "strict":
      return aligned === "strict";
    case "relaxed":
      return aligned !== "none";
    default:
      return true;
  }
}

/** Passing in the sense of RFC 7372: the signature verifies, even if the local policy objects to it. */
function verifies({ bodyHash, signature }: Verdict): boolean {
  return bodyHash === "match" && signature === "match";
}

function missingReason(real: readonly Verdict[], acceptable: readonly Verdict[]): MissingReason {
  if (!real.some(verifies)) {
    return "no-passing";
  }
  const wouldDo = acceptable.some(({ result }) => result === "pass");
  return wouldDo ? "no-author-matched" : "no-acceptable";
}

function noneReason(all: readonly Verdict[], real: readonly Verdict[]): string {
  if (all.length === 0) {
    return "no signature";
  }
  return real.length === 0 ? "signed with testing keys only" : "no signature counts here";
}
