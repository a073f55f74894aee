import type { Verdict } from "@mailseal/verifier";
import { expect, test } from "vitest";
import { explanationJson, reportJson } from "../../src/output/report-json.ts";
import { bareVerdict } from "../bare-verdict.ts";

const verdict: Verdict = {
  ...bareVerdict,
  result: "permerror",
  code: "malformed-header",
  reason: "no d=",
};

test("unknown values are null, and every property is present", () => {
  const { signatures, ...rest } = reportJson("f", { from: [], signatures: [verdict] }, "mx");
  expect(rest).toMatchObject({
    file: "f",
    from: [],
    authenticationResults: expect.stringMatching(/^Authentication-Results: mx;/) as string,
  });
  expect(signatures).toEqual([
    {
      ...verdict,
      domain: null,
      selector: null,
      identity: null,
      algorithm: null,
      canonicalization: null,
      keyBits: null,
      timestamp: null,
      expiration: null,
    },
  ]);
});

test("an explanation adds the causes of each signature, without the changes", () => {
  const cause = { code: "body-appended", evidence: "the hash matches", detail: "2 lines" } as const;
  const causes = [cause, { ...cause, field: "subject", changes: [{ received: "x" }] }];
  const explanation = {
    from: [],
    signatures: [{ ...verdict, causes }],
    hypotheses: 3,
    bounded: false,
  };
  expect(explanationJson("f", explanation, "mx")).toMatchObject({
    file: "f",
    signatures: [{ code: verdict.code, causes: [cause, { ...cause, field: "subject" }] }],
  });
  expect(JSON.stringify(explanationJson("f", explanation, "mx"))).not.toContain("received");
});
