import { describe, expect, test } from "vitest";
import type { SignatureOptions } from "../src/options.ts";
import { planSignature, planSignatures } from "../src/plan.ts";
import { ed25519Key, rsaKey, shortRsaKey } from "./keys.ts";

const good: SignatureOptions = { domain: "example.com", selector: "mail", key: rsaKey };

describe("what is refused before any message is seen", () => {
  const cases: readonly (readonly [string, Partial<SignatureOptions>, string])[] = [
    ["an empty domain", { domain: "" }, "bad-domain"],
    ["a domain with a path", { domain: "../etc" }, "bad-domain"],
    ["a domain with a trailing dot", { domain: "example.com." }, "bad-domain"],
    ["a domain with a space", { domain: "exa mple.com" }, "bad-domain"],
    ["a selector with a semicolon", { selector: "a;b" }, "bad-selector"],
    ["an empty selector", { selector: "" }, "bad-selector"],
    ["a short RSA key", { key: shortRsaKey }, "key-too-short"],
    ["an algorithm of another key type", { algorithm: "ed25519-sha256" }, "algorithm-mismatch"],
    [
      "an RSA algorithm with an Ed25519 key",
      { key: ed25519Key, algorithm: "rsa-sha256" },
      "algorithm-mismatch",
    ],
    ["an identity of another domain", { identity: "a@example.net" }, "identity-mismatch"],
    [
      "an identity that only ends like the domain",
      { identity: "a@evil-example.com" },
      "identity-mismatch",
    ],
    [
      "an identity above the domain",
      { domain: "mail.example.com", identity: "@example.com" },
      "identity-mismatch",
    ],
    ["an identity without @", { identity: "example.com" }, "bad-identity"],
    ["a base domain that is no parent", { baseDomain: "example.net" }, "bad-domain"],
    ["a negative timestamp", { timestamp: -1 }, "bad-timestamp"],
    ["a fractional timestamp", { timestamp: 1.5 }, "bad-timestamp"],
    ["an expiration of nothing", { expireAfterSeconds: 0 }, "bad-expiration"],
    [
      "an expiration without timestamp",
      { timestamp: "omit", expireAfterSeconds: 60 },
      "bad-expiration",
    ],
    ["an identity whose local part is none", { identity: "a b@example.com" }, "bad-option"],
    ["a query method that would end the tag", { queryMethods: ["dns/txt; b=x"] }, "bad-option"],
    ["query methods without dns/txt", { queryMethods: ["http"] }, "bad-option"],
    ["a further tag with a line break", { extraTags: [["foo", "a\r\nX: y"]] }, "bad-option"],
    ["a further tag that is one of the known", { extraTags: [["d", "example.net"]] }, "bad-option"],
    ["a negative body length", { bodyLength: -1 }, "bad-body-length"],
  ];
  test.each(cases)("%s", (_, options, code) => {
    expect(() => planSignature({ ...good, ...options })).toThrow(expect.objectContaining({ code }));
  });

  test("names outside the type, as from JavaScript", () => {
    const unknown = { canonicalization: "relaxed" } as unknown as Partial<SignatureOptions>;
    expect(() => planSignature({ ...good, ...unknown })).toThrow(
      expect.objectContaining({ code: "unknown-canonicalization" }),
    );
    const algorithm = { algorithm: "__proto__" } as unknown as Partial<SignatureOptions>;
    expect(() => planSignature({ ...good, ...algorithm })).toThrow(
      expect.objectContaining({ code: "unknown-algorithm" }),
    );
  });

  test.each<[object, string, RegExp]>([
    [{ canonicalisation: "simple/simple" }, "bad-option", /did you mean "canonicalization"/],
    [{ expiresAfterSeconds: 60 }, "bad-option", /did you mean "expireAfterSeconds"/],
    [{ minRsaBits: 1024 }, "bad-option", /did you mean "minimumRsaBits"/],
    [{ selector: undefined }, "bad-selector", /^selector: .*: this option is required/],
    [{ selector: "s._domainkey.example.com" }, "bad-selector", /did you mean "s"/],
    [{ domain: 7 }, "bad-domain", /^domain: expected text, got 7/],
    [{ key: Promise.resolve("") }, "bad-option", /^key: .*await it first/],
    [{ timestamp: "1700000000" }, "bad-timestamp", /convert it with Number\(\)/],
    [{ headers: ["From", 7] }, "bad-option", /^headers\[1\]: expected text, got 7/],
    [{ extraTags: [["a"]] }, "bad-option", /^extraTags\[0\]: expected a pair/],
  ])("%o, as from JavaScript", (options, code, message) => {
    const wrong = { ...good, ...options } as unknown as SignatureOptions;
    expect(() => planSignature(wrong)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test("the options of one of several signatures have its place", () => {
    const wrong = { ...good, testing: "no" } as unknown as SignatureOptions;
    expect(() => planSignatures([good, wrong])).toThrow(/^signatures\[1\]\.testing: expected true/);
  });

  test("a refusal never holds key material", () => {
    const secret = rsaKey.toPem().split("\n")[3] ?? "";
    expect(secret.length).toBeGreaterThan(20);
    try {
      planSignature({ ...good, algorithm: "ed25519-sha256" });
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error) + String(error)).not.toContain(secret);
    }
  });
});

describe("what is derived", () => {
  test("U-labels become A-labels, letters lower case", () => {
    expect(planSignature({ ...good, domain: "Bücher.Example" }).domain).toBe(
      "xn--bcher-kva.example",
    );
  });
  test("the algorithm follows the key", () => {
    expect(planSignature(good).algorithm.name).toBe("rsa-sha256");
    expect(planSignature({ ...good, key: ed25519Key }).algorithm.name).toBe("ed25519-sha256");
  });
  test("a base domain signs for the author's subdomain", () => {
    const plan = planSignature({ ...good, domain: "news.example.com", baseDomain: "example.com" });
    expect([plan.domain, plan.identity]).toEqual(["example.com", "@news.example.com"]);
  });
  test("short keys and rsa-sha1 when asked for by name", () => {
    const plan = planSignature({
      ...good,
      key: shortRsaKey,
      minimumRsaBits: 1024,
      algorithm: "rsa-sha1",
    });
    expect(plan.algorithm.legacy).toBe(true);
  });
});
