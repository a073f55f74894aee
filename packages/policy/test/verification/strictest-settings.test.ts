import type { VerificationSettings } from "@mailseal/config";
import { expect, test } from "vitest";
import { strictestOf, type VerifyStrictness } from "../../src/verification/strictest-settings.ts";

const none = { minimumRsaBits: 1024, allowAlgorithms: [], requiredFields: [] };

test.for<readonly [readonly VerificationSettings[], VerifyStrictness]>([
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
  expect(strictestOf(scopes)).toEqual(expected);
});
