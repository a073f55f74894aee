import { argumentCheck, text } from "@mailseal/errors";
import { type AuthenticationResults, formatAuthenticationResults } from "@mailseal/syntax";
import { badOption } from "./errors.ts";
import type { Verdict, VerificationReport } from "./verdict.ts";

/** A message can have hundreds of signatures, and other servers refuse a field of 85 KB. */
const maxResults = 16;
/** The length of the longest address: 64 octets, "@", 255 octets. */
const maxValueLength = 320;

const checkReport = argumentCheck(
  "report",
  {
    expected: "the report of a verification, which verify resolves to",
    accepts: (it) =>
      typeof it === "object" && it !== null && "signatures" in it && Array.isArray(it.signatures),
  },
  badOption,
);
const checkAuthservId = argumentCheck("authservId", text, badOption);

/**
 * The report as RFC 8601 results, one for each signature, or `dkim=none`. Properties: header.d,
 * header.i, header.s, header.a and header.b (RFC 6008).
 *
 * If there are more than 16 signatures, the 16 that count most are kept, in their order: those that pass and are
 * aligned, then others that pass, then the first of the rest. A comment says how many are left out. A property
 * of more than 320 characters is left out. Throws a `VerificationError` "bad-option".
 *
 * ```ts
 * const { results } = toAuthenticationResults(await verify(message, { keys }), "mx.example.net");
 * ```
 */
export function toAuthenticationResults(
  report: VerificationReport,
  authservId: string,
): AuthenticationResults {
  checkReport(report);
  checkAuthservId(authservId);
  const results = shownResults(report.signatures);
  return {
    authservId,
    results:
      results.length > 0
        ? results
        : [{ method: "dkim", result: "none", reason: "message not signed", properties: [] }],
  };
}

/**
 * The header field for the top of the message, without its line ending.
 *
 * ```ts
 * const field = authenticationResultsField(await verify(message, { keys }), "mx.example.net");
 * ```
 */
export function authenticationResultsField(report: VerificationReport, authservId: string): string {
  return formatAuthenticationResults(toAuthenticationResults(report, authservId));
}

type Result = AuthenticationResults["results"][number];

function shownResults(verdicts: readonly Verdict[]): readonly Result[] {
  if (verdicts.length <= maxResults) return verdicts.map((verdict) => toResult(verdict));
  const shown = new Set(verdicts.toSorted((a, b) => rank(a) - rank(b)).slice(0, maxResults));
  const leftOut = `${verdicts.length - shown.size} more signatures are not shown`;
  const kept = verdicts.filter((verdict) => shown.has(verdict));
  return kept.map((verdict, at) => toResult(verdict, at < kept.length - 1 ? undefined : leftOut));
}

function rank({ result, aligned }: Verdict): number {
  if (result !== "pass") return 2;
  return aligned === "none" ? 1 : 0;
}

function toResult(verdict: Verdict, note?: string): Result {
  const comments = [
    ...(verdict.testing ? ["testing key"] : []),
    ...(note === undefined ? [] : [note]),
  ];
  const properties = [
    ["d", verdict.domain],
    ["i", verdict.identity],
    ["s", verdict.selector],
    ["a", verdict.algorithm],
    ["b", verdict.signatureStart],
  ] as const;
  return {
    method: "dkim",
    result: verdict.result,
    ...(verdict.result === "pass" && verdict.code === "pass" ? {} : { reason: verdict.reason }),
    ...(comments.length === 0 ? {} : { comment: comments.join("; ") }),
    properties: properties.flatMap(([property, value]) =>
      value === undefined || value.length > maxValueLength
        ? []
        : [{ type: "header", property, value }],
    ),
  };
}
