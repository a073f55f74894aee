import type { SignatureSettings, SigningSettings } from "@mailseal/config";
import { describe, expect, test } from "vitest";
import type {
  ResolvedOption,
  ConfiguredSignature,
} from "../../src/signing/configured-signature.ts";
import type { KeySelectionOption } from "../../src/signing/key-selection.ts";
import type { MissingFieldsOption } from "../../src/signing/missing-fields.ts";
import type { MessageOption } from "../../src/signing/outbound.ts";
import {
  signatureOptions,
  type SignerWiring,
  signerWiring,
} from "../../src/signing/signer-options.ts";
import { key, rsaKey } from "../support/mail.ts";

function configured(settings: SignatureSettings, inDatabase = false): ConfiguredSignature {
  const place = { domain: "example.com", selector: "s1", request: undefined };
  return { ...place, settings, identity: undefined, inDatabase };
}

const basis = { domain: "example.com", selector: "s1", key };

describe("each option of the schema reaches the signer", () => {
  type Sample<Option extends keyof SignerWiring> = readonly [
    value: SignatureSettings[Option],
    expected: object,
  ];
  const samples: { readonly [Option in keyof SignerWiring]: Sample<Option> } = {
    algorithm: ["ed25519-sha256", { algorithm: "ed25519-sha256" }],
    canonicalization: ["simple/relaxed", { canonicalization: "simple/relaxed" }],
    headers: [["From"], { headers: ["From"] }],
    fieldOrder: ["message", { fieldOrder: "message" }],
    fields: ["strict", { fields: "strict" }],
    oversign: [["To"], { oversign: ["To"] }],
    skip: [["Received"], { skip: ["Received"] }],
    expireAfter: [604_800_000, { expireAfterSeconds: 604_800 }],
    bodyLength: [100, { bodyLength: 100 }],
    copyHeaders: [true, { copyHeaders: true }],
    minimumRsaBits: [1024, { minimumRsaBits: 1024 }],
    testing: [true, { testing: true }],
  };
  test.each(Object.entries(samples))("%s", (option, [value, expected]) => {
    expect(signatureOptions(configured({ [option]: value }), key)).toEqual({
      ...basis,
      ...expected,
    });
  });
});

test("expireAfter 0 is no expiry, and less than a second is one", () => {
  expect(signatureOptions(configured({ expireAfter: 0 }), key)).toEqual(basis);
  expect(signatureOptions(configured({ expireAfter: 10 }), key).expireAfterSeconds).toBe(1);
});

test("the algorithm of the config does not hold for a key of another type from the key database", () => {
  const settings = { algorithm: "rsa-sha256" } as const;
  expect(signatureOptions(configured(settings, true), key)).toEqual(basis);
  expect(signatureOptions(configured(settings, true), rsaKey).algorithm).toBe("rsa-sha256");
  expect(signatureOptions(configured(settings), key).algorithm).toBe("rsa-sha256");
});

describe("an option that the schema declares and nothing hands to the signer does not compile", () => {
  test("an option without a wire", () => {
    // @ts-expect-error -- the wiring has no wire for `latest`
    const wiring: SignerWiring<SignatureSettings & { readonly latest?: string }> = signerWiring;
    expect(wiring).toBe(signerWiring);
  });

  test("an option of a scope that takes effect nowhere", () => {
    type Applied =
      | keyof SignerWiring
      | KeySelectionOption
      | MessageOption
      | MissingFieldsOption
      | ResolvedOption;
    type Idle<Settings> = Exclude<keyof Settings, Applied>;
    const isEachApplied: [Idle<SigningSettings>] extends [never] ? true : false = true;
    const isAnotherIdle: Idle<SigningSettings & { readonly latest?: string }> = "latest";
    expect([isEachApplied, isAnotherIdle]).toEqual([true, "latest"]);
  });

  test("an option that the signer does not have, or not of that type", () => {
    type More = { readonly latest?: string; readonly timestamp?: string };
    const wiring: SignerWiring<SignatureSettings & More> = {
      ...signerWiring,
      // @ts-expect-error -- the signer has no option `latest`
      latest: "same",
      // @ts-expect-error -- the signer's `timestamp` is a number
      timestamp: "same",
    };
    expect(Object.keys(wiring)).toContain("latest");
  });
});
