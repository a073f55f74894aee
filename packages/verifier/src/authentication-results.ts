import { type AuthenticationResults, formatAuthenticationResults } from "@mailseal/syntax";
import type { Verdict, VerificationReport } from "./verdict.ts";

/**
 * The report as RFC 8601 results, one for each signature, or `dkim=none`. Properties: header.d,
 * header.i, header.s, header.a and header.b (RFC 6008).
 */
export function toAuthenticationResults(
  report: VerificationReport,
  authservId: string,
): AuthenticationResults {
  const results = report.signatures.map(toResult);
  return {
    authservId,
    results:
      results.length > 0
        ? results
        : [{ method: "dkim", result: "none", reason: "message not signed", properties: [] }],
  };
}

/** The header field to put on top of the message, without its line ending. */
export function authenticationResultsField(report: VerificationReport, authservId: string): string {
  return formatAuthenticationResults(toAuthenticationResults(report, authservId));
}

function toResult(verdict: Verdict): AuthenticationResults["results"][number] {
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
    ...(verdict.testing ? { comment: "testing key" } : {}),
    properties: properties.flatMap(([property, value]) =>
      value === undefined ? [] : [{ type: "header", property, value }],
    ),
  };
}
