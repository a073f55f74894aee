import type { VerificationSettings } from "@mailseal/config";
import type { Verdict } from "@mailseal/verifier";
import { expect, test } from "vitest";
import { effectiveResult } from "../../src/verification/effective-result.ts";

const now = 1_000_000;

function verdict(change: Partial<Verdict>): Verdict {
  const result = change.result ?? "pass";
  const matches = result === "pass" || result === "policy" ? "match" : "none";
  return {
    result,
    code: "pass",
    reason: result,
    bodyHash: matches,
    signature: matches,
    domain: "example.com",
    testing: false,
    noSubdomains: false,
    signedFields: ["from"],
    unsignedBodyBytes: 0,
    aligned: "strict",
    trusted: result === "pass",
    timestamp: now - 10,
    ...change,
  };
}

function without(name: "domain" | "timestamp", whole: Verdict): Verdict {
  const rest = { ...whole };
  delete rest[name];
  return rest;
}

const fail = verdict({ result: "fail" });
const old = verdict({ timestamp: now - 5000 });
const foreign = verdict({ domain: "list.test", aligned: "none" });
const sibling = verdict({ domain: "news.example.com", aligned: "relaxed" });
const tested = verdict({ testing: true });

const cases: readonly (readonly [
  what: string,
  signatures: readonly Verdict[],
  settings: VerificationSettings,
  result: string,
  missing?: string,
])[] = [
  ["no signature", [], {}, "none", "no-passing"],
  ["one that passes", [verdict({})], {}, "pass"],
  ["one of two passes", [fail, verdict({})], {}, "pass"],
  ["one fails", [fail], {}, "fail", "no-passing"],
  ["one may pass yet", [fail, verdict({ result: "temperror" })], {}, "temperror", "no-passing"],
  [
    "one matches, but is not acceptable",
    [verdict({ result: "policy" }), fail],
    {},
    "policy",
    "no-acceptable",
  ],
  ["permerror and fail", [verdict({ result: "permerror" }), fail], {}, "fail", "no-passing"],
  ["a testing key passes", [tested], {}, "none", "no-passing"],
  ["a testing key fails", [verdict({ result: "fail", testing: true })], {}, "none", "no-passing"],
  [
    "a testing key fails beside one that passes",
    [verdict({ result: "fail", testing: true }), verdict({})],
    {},
    "pass",
  ],
  ["a trusted signer", [verdict({})], { trustedSigners: ["example.com"] }, "pass"],
  ["no trusted signer", [foreign], { trustedSigners: ["example.com"] }, "none", "no-acceptable"],
  [
    "a subdomain of a trusted signer",
    [sibling],
    { trustedSigners: ["example.com"] },
    "none",
    "no-acceptable",
  ],
  [
    "a trusted signer fails, another passes",
    [fail, foreign],
    { trustedSigners: ["example.com"] },
    "fail",
    "no-acceptable",
  ],
  [
    "a signature without d=",
    [without("domain", verdict({ result: "permerror" }))],
    { trustedSigners: ["example.com"] },
    "none",
    "no-passing",
  ],
  ["aligned", [sibling], { alignment: "relaxed" }, "pass"],
  ["not strictly aligned", [sibling], { alignment: "strict" }, "none", "no-author-matched"],
  ["not aligned", [foreign], { alignment: "relaxed" }, "none", "no-author-matched"],
  [
    "not aligned, the aligned one fails",
    [foreign, fail],
    { alignment: "strict" },
    "fail",
    "no-author-matched",
  ],
  ["young enough", [old], { maximumAge: 5_000_000 }, "pass"],
  ["too old", [old], { maximumAge: 4_999_000 }, "none", "no-acceptable"],
  ["any age", [old], { maximumAge: 0 }, "pass"],
  [
    "of unknown age",
    [without("timestamp", verdict({}))],
    { maximumAge: 1000 },
    "none",
    "no-acceptable",
  ],
];

test.for(cases)("%s", ([, signatures, settings, result, missing]) => {
  const effective = effectiveResult({ from: [], signatures }, settings, now);
  expect(effective.result).toBe(result);
  if (missing !== undefined) expect(effective.missing).toBe(missing);
});
