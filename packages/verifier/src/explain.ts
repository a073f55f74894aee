/**
 * Explains why the signatures of a message do not pass.
 *
 * ```ts
 * import { explain } from "@mailseal/verifier/explain";
 *
 * const { signatures } = await explain(message, { keys: nodeResolver() });
 * for (const { domain, result, causes } of signatures) console.log(domain, result, causes);
 * ```
 *
 * Each cause is tested: without it, the body hash or the header signature matches again. If nothing can be
 * proven, the cause is `not-determined`. Verifying does not load this module.
 */
import { findAlgorithm } from "@mailseal/crypto";
import {
  type KeyLookup,
  type KeySource,
  keySource,
  type TxtAnswer,
  type TxtResolver,
} from "@mailseal/dns-record";
import { callback, listOf, number, optionsCheck, text } from "@mailseal/errors";
import { type HeaderField, type Message, messageBytes, toCrlf } from "@mailseal/syntax";
import { badOption } from "./errors.ts";
import type { BodyFinding } from "./explain/body/body-causes.ts";
import { Budget, type ExplainLimits } from "./explain/budget.ts";
import type { Cause } from "./explain/cause.ts";
import type { HeaderFinding } from "./explain/header/header-search.ts";
import { explainSignature } from "./explain/signature-causes.ts";
import { type VerifyOptions, verifyRules } from "./options.ts";
import type { Verdict } from "./verdict.ts";
import { Verification } from "./verification.ts";
import { checkMessage } from "./verify.ts";

export type { ExplainLimits } from "./explain/budget.ts";
export { type Cause, type CauseCode, type Change, isProven, remedies } from "./explain/cause.ts";

/** The options of `explain`: those of `verify`, and the limits of the search. */
export interface ExplainOptions extends VerifyOptions, ExplainLimits {
  /** Other selectors that the signing domain may have used; the selectors in the message are tried anyway. */
  readonly selectors?: readonly string[];
}

const checkOptions = optionsCheck<ExplainOptions>(
  "options",
  {
    ...verifyRules,
    maxHypotheses: number(0),
    maxMilliseconds: number(0, Infinity, "milliseconds"),
    clock: callback,
    selectors: listOf("selectors", text),
  },
  badOption,
);

/** A verdict and its causes, the most specific first; none for a signature that passes. */
export interface ExplainedSignature extends Verdict {
  /** Why it does not pass. */
  readonly causes: readonly Cause[];
}

/** The verdicts on a message with their causes, and how far the search went. */
export interface Explanation {
  /** The addresses of every From field, in order. */
  readonly from: readonly string[];
  /** One for each DKIM-Signature field, from the top of the header down. */
  readonly signatures: readonly ExplainedSignature[];
  /** How many hypotheses were tested. */
  readonly hypotheses: number;
  /** Whether a limit was reached before all hypotheses were tested. */
  readonly bounded: boolean;
}

/**
 * Verifies a message and explains each signature that does not pass. Never rejects for what the message
 * or DNS contains; bounded in time by `maxHypotheses` and `maxMilliseconds`. The header is read once, and
 * each key record is looked up once.
 *
 * Rejects with a `VerificationError` "bad-option" for an option that is unknown, wrong or missing.
 *
 * ```ts
 * const { signatures } = await explain(message, { keys: nodeResolver() });
 * for (const { domain, causes } of signatures) console.log(domain, causes[0]?.detail);
 * ```
 *
 * @param given its bytes, or the message split by `splitMessage` of `@mailseal/syntax`
 */
export async function explain(
  given: string | Uint8Array | Message,
  options: ExplainOptions,
): Promise<Explanation> {
  checkMessage(given);
  checkOptions(options);
  const {
    selectors = [],
    maxHypotheses: _maxHypotheses,
    maxMilliseconds: _maxMilliseconds,
    clock: _clock,
    ...verifying
  } = options;
  const isSplit = typeof given === "object" && "fields" in given;
  const bytes = isSplit ? given.bytes : messageBytes(given);
  const budget = new Budget(options, bytes.length);
  const { keys, resolver } = askedOnce(options.keys);
  const verification = new Verification({ ...verifying, keys }, isSplit ? given : undefined);
  if (!isSplit) verification.write(bytes);
  const report = await verification.finish();
  const message = asVerified(verification, bytes);
  const context = {
    message,
    body: Buffer.from(message.bytes).toString("latin1", message.bodyStart),
    keys,
    options: { ...options, keys: resolver ?? options.keys },
    budget,
    /** Signatures over the same body share the findings about it. */
    bodies: new Map<string, BodyFinding>(),
    headers: new Map<string, HeaderFinding | undefined>(),
    selectors: [
      ...selectors,
      ...report.signatures.flatMap(({ selector }) => (selector === undefined ? [] : [selector])),
    ],
  };
  const fields = message.byKey.get("dkim-signature") ?? [];
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

/** A signature that passes costs nothing and helps to explain the others. For RSA a hypothesis costs a hash, for Ed25519 a verification. */
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
  return findAlgorithm(algorithm ?? "")?.keyType === "ed25519" ? 2 : 1;
}

/** The whole message, with the header that the verification has read and the line endings that it was sent with. */
function asVerified({ header, unixFile }: Verification, bytes: Uint8Array): Message {
  if (header === undefined) {
    throw new TypeError("unreachable: a verification that has ended without a header");
  }
  return { ...header, bytes: unixFile ? toCrlf(bytes, { bareCr: "keep" }) : bytes };
}

interface Keys {
  readonly keys: KeySource;
  /** The source of the key records, if it returns them as text. */
  readonly resolver: TxtResolver | undefined;
}

/** Remembers each lookup, whatever its TTL: verifying and explaining need the same keys. */
function askedOnce(source: VerifyOptions["keys"]): Keys {
  if ("find" in source) {
    const lookups = new Map<string, ReturnType<KeySource["find"]>>();
    const find: KeySource["find"] = (selector, domain) => {
      const name = `${selector}._domainkey.${domain}`.toLowerCase();
      const kept = lookups.get(name);
      if (kept !== undefined) return kept;
      const lookup: KeyLookup | Promise<KeyLookup> = source.find(selector, domain);
      lookups.set(name, lookup);
      return lookup;
    };
    return { keys: { find }, resolver: undefined };
  }
  const answers = new Map<string, Promise<TxtAnswer>>();
  const resolver: TxtResolver = {
    resolveTxt(name) {
      const kept = answers.get(name) ?? source.resolveTxt(name);
      answers.set(name, kept);
      return kept;
    },
  };
  return { keys: keySource(resolver), resolver };
}
