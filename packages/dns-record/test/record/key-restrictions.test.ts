import { describe, expect, test } from "vitest";
import { keyAllows, type KeyUse, parseKeyRecord } from "../../src/index.ts";

const use: KeyUse = {
  hash: "sha256",
  keyType: "rsa",
  identity: "@example.com",
  identityDomain: "example.com",
  domain: "example.com",
};

function verdict(tags: string, asked: Partial<KeyUse> = {}): string {
  const parsed = parseKeyRecord(`${tags}; p=`);
  if (!parsed.ok) throw new Error(parsed.reason);
  const allowed = keyAllows(parsed.record, { ...use, ...asked });
  return allowed.ok ? "ok" : allowed.code;
}

describe("k=, h=, s= (RFC 6376 3.6.1)", () => {
  const cases: readonly (readonly [string, Partial<KeyUse>, string])[] = [
    ["v=DKIM1", {}, "ok"],
    ["v=DKIM1; k=rsa", { keyType: "ed25519" }, "key-type-mismatch"],
    ["v=DKIM1", { keyType: "ed25519" }, "key-type-mismatch"],
    ["v=DKIM1; k=ed25519", { keyType: "ed25519" }, "ok"],
    ["v=DKIM1; k=RSA", {}, "key-type-mismatch"],
    ["v=DKIM1; k=dsa", {}, "key-type-mismatch"],
    ["v=DKIM1; h=sha256", {}, "ok"],
    ["v=DKIM1; h=sha1:sha256", { hash: "sha1" }, "ok"],
    ["v=DKIM1; h=sha256", { hash: "sha1" }, "key-hash-not-allowed"],
    ["v=DKIM1; h=sha1", {}, "key-hash-not-allowed"],
    ["v=DKIM1; h=sha3", {}, "key-hash-not-allowed"],
    ["v=DKIM1; h=SHA256", {}, "key-hash-not-allowed"],
    ["v=DKIM1; h=", {}, "key-hash-not-allowed"],
    ["v=DKIM1; s=*", {}, "ok"],
    ["v=DKIM1; s=email", {}, "ok"],
    ["v=DKIM1; s=tlsrpt:email", {}, "ok"],
    ["v=DKIM1; s=tlsrpt:*", {}, "ok"],
    ["v=DKIM1; s=tlsrpt", {}, "key-service-not-allowed"],
    ["v=DKIM1; s=", {}, "key-service-not-allowed"],
  ];
  test.each(cases)("%s, %j: %s", (tags, asked, expected) => {
    expect(verdict(tags, asked)).toBe(expected);
  });
});

describe("t=s: i= is of d= itself", () => {
  const below = { identity: "joe@a.example.com", identityDomain: "a.example.com" };
  const cases: readonly (readonly [string, Partial<KeyUse>, string])[] = [
    ["v=DKIM1; t=s", {}, "ok"],
    ["v=DKIM1; t=y:s", below, "key-subdomain-not-allowed"],
    ["v=DKIM1; t=y", below, "ok"],
    ["v=DKIM1; t=S", below, "ok"],
  ];
  test.each(cases)("%s, %j: %s", (tags, asked, expected) => {
    expect(verdict(tags, asked)).toBe(expected);
  });
});

describe("g= (RFC 4871 3.6.1), where the record has no v=", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["k=rsa; g=*", "@example.com", "ok"],
    ["k=rsa; g=", "joe@example.com", "ok"],
    ["k=rsa; g=joe", "joe@example.com", "ok"],
    ["k=rsa; g=joe", "Joe@example.com", "key-granularity"],
    ["k=rsa; g=joe", "@example.com", "key-granularity"],
    ["k=rsa; g=joe", '"a@b"@example.com', "key-granularity"],
    ["k=rsa; g=joe*", "joe+x@example.com", "ok"],
    ["k=rsa; g=*-list", "dev-list@example.com", "ok"],
    ["k=rsa; g=a*a", "a@example.com", "key-granularity"],
    ["k=rsa; g=a*a", "aa@example.com", "ok"],
    ["k=rsa; g=a*b*", "axb*@example.com", "ok"],
    ["k=rsa; g=a*b*", "axbx@example.com", "key-granularity"],
    ["v=DKIM1; g=joe", "zoe@example.com", "ok"],
  ];
  test.each(cases)("%s, %s: %s", (tags, identity, expected) => {
    expect(verdict(tags, { identity })).toBe(expected);
  });
});
