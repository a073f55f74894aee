import type { SigningSettings } from "@mailseal/config";
import { expect, test } from "vitest";
import type { KeyRow } from "../../src/keys/key-database.ts";
import {
  type ConfiguredSignature,
  configuredSignatures,
} from "../../src/signing/configured-signature.ts";
import { SignerCache } from "../../src/signing/signer-cache.ts";
import { changedSettings } from "../../src/signing/signing-hook.ts";
import type { UsableSignature } from "../../src/signing/usable-signature.ts";
import { key, otherKey, rsaKey } from "../support/mail.ts";

const settings: SigningSettings = { selector: "s1", key: "/k/%{d}", fallbackDomain: "f.example" };
const noRows = (): readonly KeyRow[] => [];

function usable(configured: readonly ConfiguredSignature[], used = key): UsableSignature[] {
  return configured.map((one) => ({ configured: one, selector: one.selector ?? "", key: used }));
}

test("nothing is configured for a message like the one before", () => {
  const cache = new SignerCache(() => 0);
  const configured = configuredSignatures(settings, "example.com", noRows);
  expect(configuredSignatures(settings, "example.com", noRows)).toBe(configured);
  const ready = cache.readyFor(settings, usable(configured));
  expect(ready.signer).toBeDefined();
  expect(cache.readyFor(settings, usable(configured))).toBe(ready);
});

test("another author, another row or another key is another plan", () => {
  const cache = new SignerCache(() => 0);
  const configured = configuredSignatures(settings, "example.com", noRows);
  const ready = cache.readyFor(settings, usable(configured));
  const ofOther = configuredSignatures(settings, "example.org", noRows);
  expect(ofOther.map(({ domain }) => domain)).toEqual(["example.org"]);
  expect(configuredSignatures(settings, "example.com", noRows, "f.example")[0]?.domain).toBe(
    "f.example",
  );
  const row = { domain: "example.org", selector: "db", keyFile: "/k/db", revision: 3 };
  const inTable = configuredSignatures(settings, "example.org", () => [row]);
  expect(inTable.map(({ selector }) => selector)).toEqual(["db"]);
  expect(configuredSignatures(settings, "example.org", noRows)[0]?.selector).toBe("s1");
  expect(cache.readyFor(settings, usable(configured, otherKey))).not.toBe(ready);
});

test("a key that does not fit is listed apart from those that do", () => {
  const long = { ...settings, minimumRsaBits: 4096 };
  const configured = configuredSignatures(long, "example.com", noRows);
  const { signer, signatures, failed } = new SignerCache(() => 0).readyFor(long, [
    ...usable(configured, rsaKey),
    ...usable(configured, key),
  ]);
  expect(signer).toBeDefined();
  expect(signatures.map((signature) => signature.key)).toEqual([key]);
  expect(failed).toMatchObject([{ skip: "key-unusable", status: "unusable" }]);
  expect(failed[0]?.reason).toMatch(/at least 4096 bits/);
});

test.for<readonly [SigningSettings, SigningSettings, SigningSettings]>([
  [{ selector: "a" }, { selector: "b" }, { selector: "b" }],
  [{ keyText: "x" }, { key: "/k" }, { key: "/k", keyText: undefined }],
  [{ keyText: "x" }, { key: "/k", keyText: "y" }, { key: "/k", keyText: "y" }],
  [
    { signatures: [{ selector: "a" }] },
    { expireAfter: 1 },
    { expireAfter: 1, signatures: [{ selector: "a", expireAfter: 1 }] },
  ],
  [
    { signatures: [{ selector: "a" }] },
    { signatures: [{ selector: "b" }] },
    { signatures: [{ selector: "b" }] },
  ],
])("%o changed by %o", ([scope, change, expected]) => {
  expect(changedSettings(scope, change)).toEqual(expected);
});
