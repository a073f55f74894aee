import type { PublicKey } from "@mailseal/crypto";
import {
  keyAllows,
  type KeyCandidate,
  keySource,
  lintKeyRecord,
  type TxtAnswer,
} from "@mailseal/dns-record";

/** A key that DNS should publish. */
export interface ExpectedKey {
  readonly domain: string;
  readonly selector: string;
  readonly publicKey: PublicKey;
  /** The text of its record. */
  readonly record: string;
}

/** How the records that DNS returns compare with the one that it should publish. The reasons are for people, in one line. */
export type Publication =
  /** `isTesting`: the record has t=y, so that receivers treat the mail as unsigned. */
  | { readonly state: "published"; readonly isTesting: boolean }
  /** `ttlSeconds`: the time for which the resolver repeats this answer, if it says so. */
  | {
      readonly state: "absent";
      readonly status: "nxdomain" | "nodata";
      readonly ttlSeconds?: number;
    }
  /** The text is all or partly there, but the form in which it was entered has changed it. */
  | { readonly state: "damaged"; readonly reason: string; readonly remedy: string }
  /** Our record, and others beside it. */
  | { readonly state: "several"; readonly count: number }
  | { readonly state: "other-key" | "revoked" }
  /** A record that is no key record, or does not allow this use. */
  | { readonly state: "unusable"; readonly reason: string; readonly remedy: string }
  | { readonly state: "failed"; readonly reason: string };

/** Compares an answer of DNS with the record of a key. */
export async function comparePublished(
  answer: TxtAnswer,
  expected: ExpectedKey,
): Promise<Publication> {
  const { selector, domain } = expected;
  // A source of its own, so that nothing comes from a cache.
  const lookup = await keySource({ resolveTxt: async () => answer }).find(selector, domain);
  switch (lookup.status) {
    case "nxdomain":
    case "nodata": {
      const ttlSeconds = "ttlSeconds" in answer ? answer.ttlSeconds : undefined;
      return {
        state: "absent",
        status: lookup.status,
        ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
      };
    }
    case "found":
      return compareCandidates(
        lookup.candidates,
        answer.status === "found" ? answer.records : [],
        expected,
      );
    default:
      return { state: "failed", reason: lookup.reason };
  }
}

function compareCandidates(
  candidates: readonly KeyCandidate[],
  records: readonly string[],
  expected: ExpectedKey,
): Publication {
  const readable = candidates.filter((candidate) => candidate.ok);
  const ours = readable.find(({ publicKey }) => publicKey?.equals(expected.publicKey) === true);
  // Lenient readers accept quotes within a key, and many others do not.
  const damage = damageOf(records, expected.record);
  if (ours !== undefined && (damage === undefined || !records.some(hasAddition))) {
    if (readable.length > 1) return { state: "several", count: readable.length };
    const { domain, publicKey } = expected;
    const allowed = keyAllows(ours.record, {
      hash: "sha256",
      keyType: publicKey.type,
      identity: `@${domain}`,
      identityDomain: domain,
      domain,
    });
    return allowed.ok
      ? { state: "published", isTesting: ours.record.flags.includes("y") }
      : {
          state: "unusable",
          reason: allowed.reason,
          remedy: "replace the record by the one above",
        };
  }
  if (damage !== undefined) return { state: "damaged", ...damage };
  if (readable.some(({ record }) => record.publicKey.length === 0)) return { state: "revoked" };
  if (readable.some(({ publicKey }) => publicKey !== undefined)) return { state: "other-key" };
  const advice = lintKeyRecord(records[0] ?? "").find(({ level }) => level === "error");
  return {
    state: "unusable",
    reason: clause(advice?.message ?? "The record is not a key record."),
    remedy: clause(advice?.advice ?? "Replace it by the record above."),
  };
}

/** A sentence as a part of another one. */
function clause(sentence: string): string {
  const text = sentence.replace(/(?<!\.)\.$/, "");
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

interface Damage {
  readonly reason: string;
  readonly remedy: string;
}

function hasAddition(record: string): boolean {
  return /["'\\]/.test(record);
}

/** The key of a record as text. */
function keyTextOf(record: string): string {
  return /(?:^|;)\s*p=([^;]*)/.exec(record)?.[1] ?? "";
}

/** Blanks, quotes and backslashes, which providers' forms add. */
const additions = /[\s"'\\]/g;
/** More pieces than that are not the work of a form. */
const mostPieces = 5;

/** What a form has done to our record; undefined if it is another record. */
function damageOf(records: readonly string[], expected: string): Damage | undefined {
  const key = keyTextOf(expected);
  const plain = records.map((record) => record.replace(additions, ""));
  if (plain.some((record) => record.includes(`p=${key}`))) {
    return {
      reason: "damaged by quotes, blanks or backslashes within its text",
      remedy:
        "enter the one line without quotes, or if the form allows no more than 255 characters, the quoted strings of the zone file line",
    };
  }
  const pieces = plain.length <= mostPieces ? piecesInOrder(plain, key) : undefined;
  if (pieces !== undefined) {
    return {
      reason: `split wrongly, into ${pieces} records instead of one`,
      remedy:
        "delete them, and enter one record with the whole line, or if the form allows no more than 255 characters, with the quoted strings of the zone file line",
    };
  }
  const cut = plain
    .map(keyTextOf)
    .find(
      (text) => text.length >= shortestPart && text.length < key.length && key.startsWith(text),
    );
  return cut === undefined
    ? undefined
    : {
        reason: `cut off, with ${cut.length} of the ${key.length} characters of p=`,
        remedy:
          "enter the whole line, or if the form allows no more than 255 characters, the quoted strings of the zone file line",
      };
}

/** A shorter start may be another key's: all RSA keys begin with the same 44 characters. */
const shortestPart = 60;

/** The number of records whose texts, one after the other, contain the key; undefined if none do. */
function piecesInOrder(records: readonly string[], key: string): number | undefined {
  const first = records.find((record) => {
    const start = keyTextOf(record);
    return start !== "" && key.startsWith(start);
  });
  if (first === undefined) return undefined;
  let text = keyTextOf(first);
  let rest = records.filter((record) => record !== first);
  let count = 1;
  while (text !== key) {
    const next = rest.find((record) => record !== "" && key.startsWith(text + record));
    if (next === undefined) return undefined;
    text += next;
    rest = rest.filter((record) => record !== next);
    count++;
  }
  return count;
}
