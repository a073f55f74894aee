import { describe, expect, test } from "vitest";
import type { VerifyOptions } from "../src/index.ts";
import { defaultTags, edKey, handSign, keysFrom, recordOf, rsaKey } from "./support/hand-sign.ts";
import { verdictOf } from "./support/verdict-of.ts";

describe("keys", () => {
  const name = "sel._domainkey.example.com";
  const good = recordOf(edKey);
  const cases: readonly (readonly [string, unknown, string, string])[] = [
    ["NXDOMAIN", { error: "nxdomain" }, "permerror", "no-key"],
    ["SERVFAIL", { error: "servfail" }, "temperror", "dns-failure"],
    ["timeout", { error: "timeout" }, "temperror", "dns-timeout"],
    ["no TXT record", [], "permerror", "no-key"],
    ["revoked", ["v=DKIM1; k=ed25519; p="], "permerror", "key-revoked"],
    ["not a key record", ["v=spf1 -all"], "permerror", "key-malformed"],
    ["duplicate tag", [`${good}; p=AAAA`], "permerror", "key-malformed"],
    ["other key type", [recordOf(rsaKey)], "permerror", "key-type-mismatch"],
    [
      "other hash only",
      [good.replace("k=ed25519", "k=ed25519; h=sha1")],
      "permerror",
      "key-hash-not-allowed",
    ],
    [
      "other service only",
      [good.replace("k=ed25519", "k=ed25519; s=tlsrpt")],
      "permerror",
      "key-service-not-allowed",
    ],
    ["unusable key", ["v=DKIM1; k=ed25519; p=AAAA"], "permerror", "key-unusable"],
    [
      "another key",
      [recordOf(edKey).replace(/p=.*/, "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")],
      "fail",
      "signature-mismatch",
    ],
    [
      "the second of several",
      ["junk", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", good],
      "pass",
      "pass",
    ],
    ["revoked, then good", ["v=DKIM1; p=", good], "pass", "pass"],
    ["without v=", [good.replace("v=DKIM1; ", "")], "pass", "pass"],
  ];
  test.each(cases)("%s", async (_, records, result, code) => {
    const keys = keysFrom({ [name]: records });
    expect(await verdictOf(handSign(), { keys })).toMatchObject({ result, code });
  });

  test("t=s refuses an identity in a subdomain, and only that", async () => {
    const keys = keysFrom({ [name]: [good.replace("; p=", "; t=s; p=")] });
    const below = handSign({ tags: `${defaultTags}; i=a@sub.example.com` });
    expect(await verdictOf(below, { keys })).toMatchObject({
      result: "permerror",
      code: "key-subdomain-not-allowed",
      noSubdomains: true,
    });
    expect(await verdictOf(handSign(), { keys })).toMatchObject({
      result: "pass",
      noSubdomains: true,
    });
    expect(await verdictOf(below)).toMatchObject({ result: "pass", identity: "a@sub.example.com" });
  });
});

test("reasons name the values that matter", async () => {
  const reasons: readonly (readonly [string, Partial<VerifyOptions>, RegExp])[] = [
    [handSign(), { keys: keysFrom({}) }, /no name sel\._domainkey\.example\.com/],
    [
      handSign(),
      { keys: keysFrom({ "sel._domainkey.example.com": [] }) },
      /no TXT record at sel\._domainkey/,
    ],
    [
      handSign(),
      { keys: keysFrom({ "sel._domainkey.example.com": { error: "timeout" } }) },
      /did not answer for sel\._domainkey/,
    ],
    [
      handSign(),
      { keys: keysFrom({ "sel._domainkey.example.com": { error: "servfail" } }) },
      /DNS failed for sel\._domainkey/,
    ],
    [
      handSign(),
      { keys: keysFrom({ "sel._domainkey.example.com": ["v=DKIM1; k=ed25519; p="] }) },
      /revoked: p= is empty/,
    ],
  ];
  for (const [message, options, reason] of reasons) {
    expect((await verdictOf(message, options)).reason).toMatch(reason);
  }
});
