import { describe, expect, test } from "vitest";
import { verify } from "../src/index.ts";
import {
  defaultHeader,
  defaultTags,
  edKey,
  handSign,
  keysFrom,
  recordOf,
} from "./support/hand-sign.ts";
import { verdictOf } from "./support/verdict-of.ts";

test("a good signature, with all that is known of it", async () => {
  expect(await verdictOf(handSign())).toEqual({
    result: "pass",
    code: "pass",
    reason: "the signature matches",
    bodyHash: "match",
    signature: "match",
    domain: "example.com",
    selector: "sel",
    identity: "@example.com",
    algorithm: "ed25519-sha256",
    canonicalization: "relaxed/relaxed",
    keyBits: 256,
    testing: false,
    noSubdomains: false,
    signedFields: ["from", "to", "subject", "date"],
    unsignedBodyBytes: 0,
    aligned: "strict",
    trusted: true,
    signatureStart: expect.stringMatching(/^[A-Za-z0-9+/]{8}$/),
  });
});

test("U-labels in d= and s= verify by the key at their A-labels (RFC 8616 5)", async () => {
  const message = handSign({
    tags: "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=bücher.example; s=schlüssel; i=@bücher.example",
    header: ["From: ann@bücher.example", ...defaultHeader.slice(1)],
  });
  const keys = keysFrom({
    "xn--schlssel-95a._domainkey.xn--bcher-kva.example": [recordOf(edKey)],
  });
  expect(await verdictOf(message, { keys })).toMatchObject({
    result: "pass",
    domain: "xn--bcher-kva.example",
    selector: "xn--schlssel-95a",
    aligned: "strict",
    trusted: true,
  });
});

test("a resolver serves as well as a source of keys", async () => {
  const resolver = {
    resolveTxt: async () => ({ status: "found", records: [recordOf(edKey)] }) as const,
  };
  expect(await verdictOf(handSign(), { keys: resolver })).toMatchObject({ result: "pass" });
});

test("the time is now unless told", async () => {
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;
  const keys = keysFrom();
  const expired = await verify(Buffer.from(handSign({ tags: `${defaultTags}; t=1; x=1000` })), {
    keys,
  });
  expect(expired.signatures[0]?.code).toBe("expired");
  const future = await verify(Buffer.from(handSign({ tags: `${defaultTags}; t=${inAnHour}` })), {
    keys,
  });
  expect(future.signatures[0]?.code).toBe("signed-in-future");
});

test("no signature, no verdict", async () => {
  const report = await verify(Buffer.from("From: a@example.com\r\n\r\nx"), { keys: keysFrom() });
  expect(report).toEqual({ from: ["a@example.com"], signatures: [] });
});

test("a message that ends with its header has an empty body", async () => {
  const message = handSign({ body: "" }).replace(/\r\n$/, "");
  expect(await verdictOf(message)).toMatchObject({ result: "pass", code: "pass" });
});

describe("a Unix file", () => {
  test("is taken as it was sent", async () => {
    const message = handSign({ body: "one\r\n\r\ntwo\rthree\r\n" });
    expect(await verdictOf(message.replaceAll("\r\n", "\n"))).toMatchObject({ result: "pass" });
  });
  test("a bare LF in a CRLF body is content", async () => {
    const message = handSign({ body: "one\ntwo\r\n" });
    expect(await verdictOf(message)).toMatchObject({ result: "pass" });
    expect(await verdictOf(message.replace("one\n", "one\r\n"))).toMatchObject({ result: "fail" });
  });
});
