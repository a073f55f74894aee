import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, type TxtAnswer } from "@mailseal/dns-record";
import { describe, expect, test } from "vitest";
import { comparePublished, type ExpectedKey } from "../../src/dns/published-key.ts";

const { publicKey } = generateKey({ type: "rsa" });
const record = formatKeyRecord(publicKey);
const expected: ExpectedKey = { domain: "example.com", selector: "mail2026", publicKey, record };
const other = formatKeyRecord(generateKey({ type: "rsa" }).publicKey);

function found(...records: readonly string[]): TxtAnswer {
  return { status: "found", records };
}

test("the record of the key is published", async () => {
  expect(await comparePublished(found(record), expected)).toEqual({
    state: "published",
    isTesting: false,
  });
});

test("other TXT records at the name do not matter, other key records do", async () => {
  expect(await comparePublished(found("v=spf1 -all", record), expected)).toMatchObject({
    state: "published",
  });
  expect(await comparePublished(found(record, other), expected)).toEqual({
    state: "several",
    count: 2,
  });
});

test("a record that is marked as testing is noticed", async () => {
  const answer = found(record.replace("k=rsa;", "k=rsa; t=y;"));
  expect(await comparePublished(answer, expected)).toEqual({ state: "published", isTesting: true });
});

test("nothing is there, for the time that the resolver reports", async () => {
  expect(await comparePublished({ status: "nxdomain", ttlSeconds: 300 }, expected)).toEqual({
    state: "absent",
    status: "nxdomain",
    ttlSeconds: 300,
  });
  expect(await comparePublished({ status: "nodata" }, expected)).toEqual({
    state: "absent",
    status: "nodata",
  });
});

test("another key, a revoked key and a failure are different things", async () => {
  expect(await comparePublished(found(other), expected)).toEqual({ state: "other-key" });
  expect(await comparePublished(found("v=DKIM1; p="), expected)).toEqual({ state: "revoked" });
  expect(await comparePublished({ status: "servfail", reason: "SERVFAIL" }, expected)).toEqual({
    state: "failed",
    reason: "SERVFAIL",
  });
});

describe("a record that a form has damaged", () => {
  const half = 255;

  test.each([
    ["quotes within it", `${record.slice(0, half)}" "${record.slice(half)}`],
    ["quotes around it", `"${record}"`],
    ["backslashes", record.replaceAll(";", "\\;")],
  ])("has %s", async (_, text) => {
    expect(await comparePublished(found(text), expected)).toMatchObject({
      state: "damaged",
      reason: "damaged by quotes, blanks or backslashes within its text",
    });
  });

  test.each([
    ["in order", [record.slice(0, half), record.slice(half)]],
    ["in another order", [record.slice(half), record.slice(0, half)]],
    ["in three pieces", [record.slice(0, 100), record.slice(100, 300), record.slice(300)]],
    ["with quotes", [`"${record.slice(0, half)}"`, `"${record.slice(half)}"`]],
  ])("was split into several records, %s", async (_, records) => {
    expect(await comparePublished(found(...records), expected)).toMatchObject({
      state: "damaged",
      reason: `split wrongly, into ${records.length} records instead of one`,
    });
  });

  test("was cut off", async () => {
    const [, text = ""] = record.split("p=");
    const cut = record.slice(0, half);
    expect(await comparePublished(found(cut), expected)).toMatchObject({
      state: "damaged",
      reason: `cut off, with ${cut.split("p=")[1]?.length} of the ${text.length} characters of p=`,
    });
  });

  test("is not confused with another key, whose first characters are the same", async () => {
    expect(await comparePublished(found(other.slice(0, 300), "x"), expected)).not.toMatchObject({
      state: "damaged",
    });
  });
});

test("a record that does not allow mail is not usable", async () => {
  const answer = found(record.replace("k=rsa;", "k=rsa; s=tlsrpt;"));
  expect(await comparePublished(answer, expected)).toMatchObject({ state: "unusable" });
});

test("a text that is no key record is described", async () => {
  expect(await comparePublished(found("hello"), expected)).toMatchObject({
    state: "unusable",
    reason: expect.stringMatching(/^[a-z].*[^.]$/),
    remedy: expect.stringMatching(/^[a-z].*p=\.\.\.$/),
  });
});
