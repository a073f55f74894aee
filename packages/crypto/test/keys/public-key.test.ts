import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { generateKey, PublicKey } from "../../src/index.ts";

const rsa = generateKey({ type: "rsa", bits: 1024 }).publicKey;
const ed = generateKey({ type: "ed25519" }).publicKey;

test.each([rsa, ed])("the fingerprint is the SHA-256 of the SPKI: $type", (key) => {
  const [name, digest = ""] = key.fingerprint.split(":");
  expect(name).toBe("SHA256");
  expect(Buffer.from(digest, "base64")).toEqual(createHash("sha256").update(key.toSpki()).digest());
});

test("a key record has the SPKI of an RSA key, and the 32 octets of an Ed25519 key (RFC 8463 4.2)", () => {
  expect(Buffer.from(rsa.toRecordBytes()).equals(rsa.toSpki())).toBe(true);
  expect(Buffer.from(ed.toSpki()).subarray(-32).equals(ed.toRecordBytes())).toBe(true);
});

test("keys are equal if their numbers are", () => {
  const other = generateKey({ type: "ed25519" }).publicKey;
  expect([ed.equals(ed), ed.equals(other), ed.equals(rsa)]).toEqual([true, false, false]);
});

test("an object that only looks like a key is none", () => {
  const fake = Object.assign(Object.create(PublicKey.prototype), { type: "rsa", bits: 1024 });
  expect(() => (fake as PublicKey).toSpki()).toThrow(/made by @mailseal\/crypto/);
});
