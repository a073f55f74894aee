import type { KeyLookup, KeySource } from "@mailseal/dns-record";
import { expect, test } from "vitest";
import { defaultTags, edKey, handSign, keysFrom, recordOf } from "./support/hand-sign.ts";
import { now, verdictOf } from "./support/verdict-of.ts";

test("timestamps, where they are there", async () => {
  const both = await verdictOf(handSign({ tags: `${defaultTags}; t=100; x=${now}` }));
  expect(both).toMatchObject({ timestamp: 100, expiration: now });
  const neither = await verdictOf(handSign());
  expect(Object.keys(neither)).not.toContain("timestamp");
  expect(Object.keys(neither)).not.toContain("expiration");
});

test("what a field that cannot be read claims, and nothing that it does not", async () => {
  const claims = {
    domain: "example.com",
    selector: "sel",
    algorithm: "rsa-sha256",
    identity: "@example.com",
  };
  const unreadable = {
    result: "permerror",
    bodyHash: "none",
    signature: "none",
    signedFields: [],
    unsignedBodyBytes: 0,
    testing: false,
    noSubdomains: false,
  };
  const header = "From: a@example.com\r\n\r\n";
  const full = "DKIM-Signature: v=1; d=example.com; s=sel; a=rsa-sha256; i=@example.com";
  expect(await verdictOf(`${full}\r\n${header}`)).toMatchObject({
    ...unreadable,
    ...claims,
    aligned: "strict",
  });
  const empty = await verdictOf(`DKIM-Signature: v=1\r\n${header}`);
  expect(empty).toMatchObject({ ...unreadable, aligned: "none" });
  expect(Object.keys(empty).filter((key) => key in claims)).toEqual([]);
});

test("what was found of a key is told whatever the result", async () => {
  const keys = keysFrom({ "sel._domainkey.example.com": [recordOf(edKey, "; t=y:s; h=sha1")] });
  expect(await verdictOf(handSign(), { keys })).toMatchObject({
    result: "permerror",
    testing: true,
    noSubdomains: true,
    bodyHash: "match",
    signature: "none",
    unsignedBodyBytes: 0,
  });
  const wrong = await verdictOf(handSign().replace("Thursday", "Friday"));
  expect(wrong).toMatchObject({ keyBits: 256, signature: "mismatch", bodyHash: "match" });
});

test("DNSSEC, as the resolver tells", async () => {
  const inner = keysFrom();
  const keys: KeySource = {
    async find(selector, domain) {
      return { ...(await inner.find(selector, domain)), authenticated: true } as KeyLookup;
    },
  };
  expect(await verdictOf(handSign(), { keys })).toMatchObject({ authenticatedKey: true });
  expect(await verdictOf(handSign())).not.toHaveProperty("authenticatedKey");
});
