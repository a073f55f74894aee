import {
  authenticationResultsField,
  type Verdict,
  type VerificationReport,
} from "@mailseal/verifier";
import type { Cause, Explanation } from "@mailseal/verifier/explain";

/** The object that `verify --json` prints for a file; unknown values are null. */
export function reportJson(
  file: string,
  report: VerificationReport,
  authservId: string,
): Record<string, unknown> {
  return {
    file,
    from: report.from,
    signatures: report.signatures.map(verdictJson),
    authenticationResults: authenticationResultsField(report, authservId),
  };
}

/** The same with the causes of each signature. */
export function explanationJson(
  file: string,
  explanation: Explanation,
  authservId: string,
): Record<string, unknown> {
  return {
    ...reportJson(file, explanation, authservId),
    signatures: explanation.signatures.map((signature) =>
      Object.assign(verdictJson(signature), { causes: signature.causes.map(causeJson) }),
    ),
  };
}

function causeJson({ code, field, evidence, detail }: Cause): Record<string, unknown> {
  return { code, ...(field === undefined ? {} : { field }), evidence, detail };
}

function verdictJson(verdict: Verdict): Record<string, unknown> {
  return {
    domain: verdict.domain ?? null,
    selector: verdict.selector ?? null,
    identity: verdict.identity ?? null,
    algorithm: verdict.algorithm ?? null,
    canonicalization: verdict.canonicalization ?? null,
    result: verdict.result,
    code: verdict.code,
    reason: verdict.reason,
    bodyHash: verdict.bodyHash,
    signature: verdict.signature,
    keyBits: verdict.keyBits ?? null,
    testing: verdict.testing,
    aligned: verdict.aligned,
    trusted: verdict.trusted,
    noSubdomains: verdict.noSubdomains,
    timestamp: verdict.timestamp ?? null,
    expiration: verdict.expiration ?? null,
    signedFields: verdict.signedFields,
    unsignedBodyBytes: verdict.unsignedBodyBytes,
  };
}
