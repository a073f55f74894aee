import type { Algorithm, PublicKey } from "@mailseal/crypto";
import { keyAllows, type KeyCandidate, type KeyLookup, type KeyRecord } from "@mailseal/dns-record";
import type { DkimSignature } from "@mailseal/syntax";
import type { Result, VerdictCode } from "./verdict.ts";

export interface UsableKey {
  readonly publicKey: PublicKey;
  readonly record: KeyRecord;
}

/** The keys to try for a signature, in this order, or why there are none. */
export type KeyChoice =
  | { readonly ok: true; readonly keys: readonly UsableKey[]; readonly authenticated?: boolean }
  | {
      readonly ok: false;
      readonly result: Result;
      readonly code: VerdictCode;
      readonly reason: string;
      /** The record that was refused, if there was one: the verdict still reports its flags. */
      readonly record?: KeyRecord;
    };

type Refusal = Extract<KeyChoice, { ok: false }>;

/** RFC 6376 6.1.2: the keys in the answer of a lookup that can be used for one signature. */
export function chooseKeys(
  lookup: KeyLookup,
  signature: DkimSignature,
  algorithm: Algorithm,
): KeyChoice {
  const name = `${signature.selector}._domainkey.${signature.domain}`;
  switch (lookup.status) {
    case "nxdomain":
      return permanent("no-key", `there is no name ${name} in DNS`);
    case "nodata":
      return permanent("no-key", `there is no TXT record at ${name}`);
    case "timeout":
      return temporary("dns-timeout", `DNS did not answer for ${name}: ${lookup.reason}`);
    case "servfail":
    case "error":
      return temporary("dns-failure", `DNS failed for ${name}: ${lookup.reason}`);
    case "found":
      return chooseAmong(lookup, signature, algorithm, name);
  }
}

function chooseAmong(
  lookup: Extract<KeyLookup, { status: "found" }>,
  signature: DkimSignature,
  algorithm: Algorithm,
  name: string,
): KeyChoice {
  const keys: UsableKey[] = [];
  let refusal: Refusal | undefined;
  for (const candidate of lookup.candidates) {
    const judged = judge(candidate, signature, algorithm, name);
    if (!("publicKey" in judged)) {
      refusal ??= judged;
    } else {
      keys.push(judged);
    }
  }
  if (keys.length === 0) {
    return refusal ?? permanent("no-key", `there is no key record at ${name}`);
  }
  return {
    ok: true,
    keys,
    ...(lookup.authenticated === undefined ? {} : { authenticated: lookup.authenticated }),
  };
}

function judge(
  candidate: KeyCandidate,
  signature: DkimSignature,
  algorithm: Algorithm,
  name: string,
): UsableKey | Refusal {
  if (!candidate.ok) {
    return permanent(
      "key-malformed",
      `the key record at ${name} is malformed: ${candidate.reason}`,
    );
  }
  const { record, publicKey, keyProblem } = candidate;
  if (record.publicKey.length === 0) {
    return { ...permanent("key-revoked", `the key at ${name} is revoked: p= is empty`), record };
  }
  const allowed = keyAllows(record, {
    hash: algorithm.hash,
    keyType: algorithm.keyType,
    identity: signature.identity,
    identityDomain: signature.identityDomain,
    domain: signature.domain,
  });
  if (!allowed.ok) {
    return { ...permanent(allowed.code, `the key record at ${name}: ${allowed.reason}`), record };
  }
  if (publicKey === undefined) {
    const reason = keyProblem?.reason ?? `k=${record.keyType} is not a known key type`;
    return { ...permanent("key-unusable", `the key at ${name} cannot be used: ${reason}`), record };
  }
  return { publicKey, record };
}

function permanent(code: VerdictCode, reason: string): Refusal {
  return { ok: false, result: "permerror", code, reason };
}

function temporary(code: VerdictCode, reason: string): Refusal {
  return { ok: false, result: "temperror", code, reason };
}
