/**
 * Says why the signatures of a message do not pass.
 *
 * ```ts
 * import { explain } from "@mailseal/verifier/explain";
 *
 * const { signatures } = await explain(message, { keys: nodeResolver() });
 * for (const { domain, result, causes } of signatures) console.log(domain, result, causes);
 * ```
 *
 * Each cause was tested: undone, the body hash or the header signature matches again. What cannot be
 * proven is `not-determined`. Verifying loads nothing of this.
 */
import { type KeySource, keySource } from "@mailseal/dns-record";
import { type HeaderField, type Message, splitMessage, toCrlf } from "@mailseal/syntax";
import type { BodyFinding } from "./explain/body/body-causes.ts";
import { Budget, type ExplainLimits } from "./explain/budget.ts";
import type { Cause } from "./explain/cause.ts";
import type { HeaderFinding } from "./explain/header/header-search.ts";
import { explainSignature } from "./explain/signature-causes.ts";
import type { VerifyOptions } from "./options.ts";
import type { Verdict } from "./verdict.ts";
import { verify } from "./verify.ts";

export type { ExplainLimits } from "./explain/budget.ts";
export { type Cause, type CauseCode, type Change, isProven, remedies } from "./explain/cause.ts";

export interface ExplainOptions extends VerifyOptions, ExplainLimits {
  /** Other selectors that the signing domain may have used; the message's own are tried anyway. */
  readonly selectors?: readonly string[];
}

/** A verdict, and what explains it: empty for a signature that passes. The most specific cause first. */
export interface ExplainedSignature extends Verdict {
  readonly causes: readonly Cause[];
}

export interface Explanation {
  readonly from: readonly string[];
  readonly signatures: readonly ExplainedSignature[];
  /** How many hypotheses were tested. */
  readonly hypotheses: number;
  /** Whether a bound was reached, so that some were not. */
  readonly bounded: boolean;
}

/**
 * Verifies a message and explains each signature that does not pass. Never rejects for what the message
 * or DNS contains; bounded in time by `maxHypotheses` and `maxMilliseconds`.
 */
export async function explain(message: Uint8Array, options: ExplainOptions): Promise<Explanation> {
  const budget = new Budget(options, message.length);
  const report = await verify(message, options);
  const keys: KeySource = "find" in options.keys ? options.keys : keySource(options.keys);
  const split = asSent(message);
  const context = {
    message: split,
    body: Buffer.from(split.bytes).toString("latin1", split.bodyStart),
    keys,
    options,
    budget,
    /** Signatures of one body share what was found out about it. */
    bodies: new Map<string, BodyFinding>(),
    headers: new Map<string, HeaderFinding | undefined>(),
    selectors: [
      ...(options.selectors ?? []),
      ...report.signatures.flatMap(({ selector }) => (selector === undefined ? [] : [selector])),
    ],
  };
  const fields = split.byKey.get("dkim-signature") ?? [];
  const causes = new Map<Verdict, readonly Cause[]>();
  for (const [verdict, field] of cheapestFirst(report.signatures, fields)) {
    // In order: they share one budget, and each can reuse the findings of those before it.
    causes.set(verdict, await explainSignature(verdict, field, context));
  }
  const signatures = report.signatures.map((verdict) =>
    Object.assign({}, verdict, { causes: causes.get(verdict) ?? [] }),
  );
  return { from: report.from, signatures, hypotheses: budget.tested, bounded: budget.bounded };
}

/** One that passes costs nothing and tells of the others; RSA costs a hash a hypothesis, Ed25519 a verification. */
function cheapestFirst(
  verdicts: readonly Verdict[],
  fields: readonly HeaderField[],
): readonly (readonly [Verdict, HeaderField])[] {
  const pairs = verdicts.flatMap((verdict, index) => {
    const field = fields[index];
    return field === undefined ? [] : [[verdict, field] as const];
  });
  return pairs.toSorted((one, other) => costOf(one) - costOf(other));
}

function costOf([{ algorithm, signature }]: readonly [Verdict, HeaderField]): number {
  if (signature === "match") {
    return 0;
  }
  return algorithm === "ed25519-sha256" ? 2 : 1;
}

/** As `verify` takes it: a Unix file has the line endings that it was sent with. */
function asSent(bytes: Uint8Array): Message {
  const message = splitMessage(bytes);
  return message.lineEnding === "lf" ? splitMessage(toCrlf(bytes, { bareCr: "keep" })) : message;
}
