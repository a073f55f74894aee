import type { Verdict } from "@mailseal/verifier";
import { expect, test } from "vitest";
import { reportText, verdictText } from "../../src/output/report-text.ts";

const passing: Verdict = {
  result: "pass",
  code: "pass",
  reason: "the signature matches",
  bodyHash: "match",
  signature: "match",
  domain: "example.com",
  selector: "s",
  algorithm: "rsa-sha256",
  keyBits: 2048,
  testing: false,
  noSubdomains: false,
  signedFields: ["from"],
  unsignedBodyBytes: 0,
  aligned: "strict",
  trusted: true,
};
const failing: Verdict = {
  ...passing,
  result: "fail",
  code: "body-hash-mismatch",
  reason: "altered",
};

test.each<[name: string, signatures: readonly Verdict[], conclusion: RegExp]>([
  [
    "an aligned signature passes",
    [failing, passing],
    /Verified: example\.com signed this message, which is the domain in From\./,
  ],
  [
    "a signature of the same organization passes",
    [{ ...passing, aligned: "relaxed" }],
    /of the same organization as the domain in From\./,
  ],
  [
    "the key is marked as testing",
    [{ ...passing, trusted: false }],
    /with a key that its domain marks as testing/,
  ],
  [
    "only another domain signed",
    [{ ...passing, aligned: "none", domain: "esp.example" }],
    /Verified, but the signature is by esp\.example, which does not authenticate a@example\.com\./,
  ],
  ["there is no signature", [], /Not signed: the message has no DKIM-Signature field\./],
  [
    "DNS failed",
    [{ ...failing, result: "temperror" }],
    /Not verified: DNS failed; try again later\./,
  ],
  ["no signature passes", [failing], /Not verified: no signature of this message passes\./],
])("the conclusion if %s", (_, signatures, conclusion) => {
  const text = reportText("-", { from: ["a@example.com"], signatures });
  expect(text.replaceAll(/\s+/g, " ")).toMatch(conclusion);
  expect(text).toMatch(/^standard input\n {2}From: a@example\.com\n/);
});

test("a signature shows its result, key and reason", () => {
  expect(verdictText(passing)).toBe(
    "  pass      example.com, selector s, rsa-sha256 2048 bits\n            the signature matches (pass)",
  );
});

test("a signature without tags, and hostile text, are shown safely", () => {
  const { domain: _, selector: __, algorithm: ___, keyBits: ____, ...rest } = failing;
  const text = verdictText({ ...rest, reason: "d=\u001b[31m" });
  expect(text).toContain("(no domain), selector (none), (no algorithm)");
  expect(text).toContain("d=\\u001b[31m");
});
