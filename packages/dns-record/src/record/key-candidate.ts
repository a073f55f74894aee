import { isKeyType, KeyError, type KeyType, loadPublicKey, type PublicKey } from "@mailseal/crypto";
import { claimsToBeKeyRecord, type KeyRecord, parseKeyRecord } from "./key-record.ts";

/** One TXT record at the name of a key, read as far as possible. */
export type KeyCandidate =
  | {
      readonly ok: true;
      readonly record: KeyRecord;
      /** Absent if the key is revoked (p= is empty), has an unknown k=, or cannot be used. */
      readonly publicKey?: PublicKey;
      /** Why the key cannot be used: a code and reason of `loadPublicKey`. */
      readonly keyProblem?: { readonly code: string; readonly reason: string };
    }
  | { readonly ok: false; readonly code: string; readonly reason: string };

/** Each candidate costs a signature verification; RFC 6376 3.6.2.2 expects one. */
const MAX_CANDIDATES = 8;

/**
 * The candidates among the TXT records at a name, in their order, at most 8. Records that are not key records
 * (an SPF record behind a wildcard, for example) are left out, unless there is nothing else.
 */
export function readCandidates(records: readonly string[]): readonly KeyCandidate[] {
  const keyRecords = records.filter(claimsToBeKeyRecord);
  return (keyRecords.length > 0 ? keyRecords : records).slice(0, MAX_CANDIDATES).map(readCandidate);
}

function readCandidate(text: string): KeyCandidate {
  const parsed = parseKeyRecord(text);
  if (!parsed.ok) {
    return { ok: false, code: parsed.code, reason: parsed.reason };
  }
  const { record } = parsed;
  const { keyType, publicKey } = record;
  if (publicKey.length === 0 || !isKeyType(keyType)) {
    return { ok: true, record };
  }
  return { ok: true, record, ...readPublicKey(publicKey, keyType) };
}

export type ReadKey =
  | { readonly publicKey: PublicKey }
  | { readonly keyProblem: { readonly code: string; readonly reason: string } };

/** Loads a key published in DNS. Never throws for its content. */
export function readPublicKey(bytes: Uint8Array, keyType: KeyType): ReadKey {
  try {
    return { publicKey: loadPublicKey(bytes, keyType) };
  } catch (error) {
    const code = error instanceof KeyError ? error.code : "key-unreadable";
    const reason = error instanceof Error ? error.message : "the key cannot be read";
    return { keyProblem: { code, reason } };
  }
}
