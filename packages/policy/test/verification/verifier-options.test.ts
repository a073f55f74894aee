import type { VerificationSettings } from "@mailseal/config";
import type { VerifyOptions } from "@mailseal/verifier";
import { expect, test } from "vitest";
import {
  verifierOptions,
  type VerifierWiring,
  verifierWiring,
} from "../../src/verification/verifier-options.ts";

const none = { minimumRsaBits: 1024, allowAlgorithms: [], requiredFields: [] };

test.for<readonly [readonly VerificationSettings[], Partial<VerifyOptions>]>([
  [[{}], none],
  [[{ minimumRsaBits: 512 }], { ...none, minimumRsaBits: 512 }],
  [[{ minimumRsaBits: 512 }, { minimumRsaBits: 2048 }], { ...none, minimumRsaBits: 2048 }],
  [[{ minimumRsaBits: 512 }, {}], none],
  [[{ allowAlgorithms: ["rsa-sha1"] }], { ...none, allowAlgorithms: ["rsa-sha1"] }],
  [[{ allowAlgorithms: ["rsa-sha1"] }, {}], none],
  [
    [{ requiredFields: ["to", "subject"] }, { requiredFields: ["to", "date"] }],
    { ...none, requiredFields: ["to", "subject", "date"] },
  ],
  [[{ clockSkew: 60_000 }, {}, { clockSkew: 5000 }], { ...none, clockSkewSeconds: 5 }],
])("the strictest of %o", ([scopes, expected]) => {
  expect(verifierOptions(scopes)).toEqual(expected);
});

test("an option that the schema declares and nothing hands to the verifier does not compile", () => {
  // @ts-expect-error -- the wiring has no line for `latest`
  const wiring: VerifierWiring<VerificationSettings & { readonly latest?: string }> =
    verifierWiring;
  expect(wiring).toBe(verifierWiring);
});
