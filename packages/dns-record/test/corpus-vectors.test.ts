import { findAlgorithm } from "@mailseal/crypto";
import { parseSignature } from "@mailseal/syntax";
import { corpusPath, disputedCases, readVectors } from "@mailseal/testkit";
import { describe, expect, test } from "vitest";
import { keyAllows, type KeyRecord, parseKeyRecord } from "../src/index.ts";
import { claimsToBeKeyRecord } from "../src/record/key-record.ts";

const absent = corpusPath() === undefined;
const disputed = new Map(disputedCases().map((dispute) => [dispute.id, dispute.ours]));

test.skipIf(absent)("skipped without ../shared/corpus or $MAILSEAL_CORPUS", () => {
  expect(corpusPath()).toBeDefined();
});

/** A revoked key's record is a valid one all the same; some sources call it one, some the other. */
function outcomes(text: string): readonly string[] {
  const parsed = parseKeyRecord(text);
  if (!parsed.ok) return ["invalid"];
  return parsed.record.publicKey.length === 0 ? ["revoked", "valid"] : ["valid"];
}

/** In the words of mail-auth, which drops the "*" that stands for no s= at all. */
function flagsOf(record: KeyRecord): readonly string[] {
  const { hashes = [], services, flags } = record;
  const held: readonly (readonly [string, boolean])[] = [
    ["R_HASH_SHA1", hashes.includes("sha1")],
    ["R_HASH_SHA256", hashes.includes("sha256")],
    ["R_SVC_ALL", services.includes("*") && services.length > 1],
    ["R_SVC_EMAIL", services.includes("email")],
    ["R_FLAG_MATCH_DOMAIN", flags.includes("s")],
    ["R_FLAG_TESTING", flags.includes("y")],
  ];
  return held.flatMap(([name, holds]) => (holds ? [name] : []));
}

describe.skipIf(absent)("key-record vectors", () => {
  test.each(readVectors("key-record"))("$id", (vector) => {
    expect(disputed.get(vector.id)).not.toEqual(vector.flags ?? vector.expect);
    const parsed = parseKeyRecord(vector.record);
    if (vector.flags === undefined) {
      expect(outcomes(vector.record)).toContain(disputed.get(vector.id) ?? vector.expect);
    } else {
      expect(outcomes(vector.record)).toContain(vector.expect);
      const flags = parsed.ok ? flagsOf(parsed.record).join(" | ") : undefined;
      expect(flags || "0").toBe(disputed.get(vector.id) ?? vector.flags);
    }
    if (vector.is_dkim !== undefined) {
      expect(claimsToBeKeyRecord(vector.record)).toBe(vector.is_dkim);
    }
  });
});

describe.skipIf(absent)("key-sig-match vectors", () => {
  test.each(readVectors("key-sig-match"))("$id", (vector) => {
    const key = parseKeyRecord(vector.record);
    const field = parseSignature(vector.header.slice("DKIM-Signature:".length));
    if (!key.ok || !field.ok) throw new Error("expected a record and a signature that can be read");
    const { signature } = field;
    const algorithm = findAlgorithm(signature.algorithm);
    if (algorithm === undefined) throw new Error(`unknown algorithm ${signature.algorithm}`);
    const { hash, keyType } = algorithm;
    const verdict = keyAllows(key.record, { ...signature, hash, keyType });
    expect(verdict.ok ? "accept" : "reject").toBe(disputed.get(vector.id) ?? vector.expect);
  });
});
