import type { HashName, KeyType } from "@mailseal/crypto";
import type { KeyRecord } from "./key-record.ts";

/** The properties of a signature that a key record can restrict. */
export interface KeyUse {
  /** The hash of the algorithm in a=. */
  readonly hash: HashName;
  /** The type of key that the algorithm needs. */
  readonly keyType: KeyType;
  /** i=, or its default "@" d=. */
  readonly identity: string;
  /** The domain of i=; A-label, lower case. */
  readonly identityDomain: string;
  /** d=; A-label, lower case. */
  readonly domain: string;
}

/** Which restriction of a key record a signature does not meet. */
export type KeyRestrictionCode =
  | "key-type-mismatch"
  | "key-hash-not-allowed"
  | "key-service-not-allowed"
  | "key-subdomain-not-allowed"
  | "key-granularity";

/** Whether a key record allows a use of its key, and the reason if it does not. */
export type KeyRestrictionVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: KeyRestrictionCode; readonly reason: string };

/**
 * Whether a key record allows a signature to use its key (RFC 6376 3.6.1 and 6.1.2): k=, h=, s=, and t=s. It
 * does not check the key itself, nor whether it is revoked.
 *
 * g= restricts the local part of i= if the record has no v=. RFC 6376 removed g=, so that it is ignored in a
 * record with v=DKIM1. A record without v= may date from the time when g= was a promise of the domain's owner
 * (RFC 4870 3.2.3, RFC 4871 3.6.1). An empty g= is no restriction, as in RFC 4870.
 *
 * ```ts
 * const parsed = parseKeyRecord("v=DKIM1; h=sha256; p=");
 * const [keyType, domain] = ["rsa", "example.com"] as const;
 * const use = { hash: "sha1", keyType, domain, identity: `@${domain}`, identityDomain: domain } as const;
 * if (parsed.ok) keyAllows(parsed.record, use).ok; // false: it allows sha256 only
 * ```
 */
export function keyAllows(record: KeyRecord, use: KeyUse): KeyRestrictionVerdict {
  if (record.keyType !== use.keyType) {
    return refusal(
      "key-type-mismatch",
      `k=${record.keyType}, and the signature needs ${use.keyType}`,
    );
  }
  if (record.hashes !== undefined && !record.hashes.includes(use.hash)) {
    return refusal(
      "key-hash-not-allowed",
      `h=${record.hashes.join(":")} does not allow ${use.hash}`,
    );
  }
  if (!record.services.some((service) => service === "*" || service === "email")) {
    return refusal(
      "key-service-not-allowed",
      `s=${record.services.join(":")} does not allow the key for email`,
    );
  }
  if (record.flags.includes("s") && use.identityDomain !== use.domain) {
    return refusal(
      "key-subdomain-not-allowed",
      `t=s asks i= to be of ${use.domain} itself, and it is of ${use.identityDomain}`,
    );
  }
  const { granularity, version } = record;
  if (version === undefined && granularity !== undefined && granularity !== "") {
    const localPart = use.identity.slice(0, Math.max(0, use.identity.lastIndexOf("@")));
    if (!matchesGranularity(localPart, granularity)) {
      return refusal("key-granularity", `g=${granularity} does not allow the local part of i=`);
    }
  }
  return { ok: true };
}

/** RFC 4871 3.6.1: one "*" stands for any run of characters. */
function matchesGranularity(localPart: string, granularity: string): boolean {
  const star = granularity.indexOf("*");
  if (star < 0) return localPart === granularity;
  const before = granularity.slice(0, star);
  const after = granularity.slice(star + 1);
  return (
    localPart.length >= before.length + after.length &&
    localPart.startsWith(before) &&
    localPart.endsWith(after)
  );
}

function refusal(code: KeyRestrictionCode, reason: string): KeyRestrictionVerdict {
  return { ok: false, code, reason };
}
