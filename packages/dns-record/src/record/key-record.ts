import { argumentCheck, text as textRule } from "@mailseal/errors";
import { decodeBase64, decodeQuotedPrintable, type TagList } from "@mailseal/syntax";
import { invalidOption } from "../errors.ts";
import type { Advice, KeyRecordErrorCode } from "../lint/advice.ts";
import { fromOctets } from "../zone/zone.ts";
import { type KeyTags, MAX_RECORD_OCTETS, readKeyTags, splitItems } from "./key-tags.ts";

/** A DKIM key record (RFC 6376 3.6.1). */
export interface KeyRecord {
  /** v=, which a record may leave out. */
  readonly version?: "DKIM1";
  /** k= as written, known or not; "rsa" if it is left out. */
  readonly keyType: string;
  /** h= as written, including unknown hashes. If absent, every hash is allowed. */
  readonly hashes?: readonly string[];
  /** s= as written; `["*"]` if it is left out. */
  readonly services: readonly string[];
  /** t= as written: "y" is testing, "s" forbids subdomains in i=, others are unknown. */
  readonly flags: readonly string[];
  /** n=, decoded: notes for people. */
  readonly notes?: string;
  /** p=, decoded. If empty, the key is revoked. */
  readonly publicKey: Uint8Array;
  /** g= (RFC 4871 3.6.1), which RFC 6376 removed; see `keyAllows`. */
  readonly granularity?: string;
}

/** A key record, or the reason why a text is none. */
export type KeyRecordParse =
  | {
      readonly ok: true;
      readonly record: KeyRecord;
      /** Deviations from the ABNF that were tolerated. */
      readonly warnings: readonly Advice[];
    }
  | { readonly ok: false; readonly code: KeyRecordErrorCode; readonly reason: string };

type Failure = Extract<KeyRecordParse, { ok: false }>;

const checkText = argumentCheck("text", textRule, invalidOption);

/**
 * Reads the text of one TXT record: its strings concatenated, latin1. Never throws; linear in time. Unknown
 * tags are ignored; an unknown k=, h=, s= or t= is kept for the caller to judge.
 *
 * ```ts
 * const parsed = parseKeyRecord("v=DKIM1; k=rsa; p=");
 * parsed.ok ? parsed.record.keyType : parsed.reason; // "rsa"
 * ```
 */
export function parseKeyRecord(text: string): KeyRecordParse {
  checkText(text);
  if (text.length > MAX_RECORD_OCTETS) {
    return failure(
      "record-too-long",
      `expected at most ${MAX_RECORD_OCTETS} octets, got ${text.length}`,
    );
  }
  return fromTags(readKeyTags(text));
}

/** Does the same with tags that have been read already. */
export function fromTags(tags: KeyTags): KeyRecordParse {
  const { list } = tags;
  if (!list.ok) {
    return failure(list.code === "empty-tag" ? "syntax" : list.code, list.reason);
  }
  const version = list.get("v");
  if (version !== undefined && list.tags[0] !== version) {
    return failure("bad-version", "expected v= to be the first tag");
  }
  if (version !== undefined && version.value !== "DKIM1") {
    return failure("bad-version", `expected v=DKIM1, got v=${shortened(version.value)}`);
  }
  const key = list.get("p");
  if (key === undefined) {
    return failure("missing-public-key", "expected a p= tag with the public key, got none");
  }
  // Leftovers of zone file syntax: they are not base64, and most receivers skip them.
  const publicKey = decodeBase64(key.value.replaceAll(zoneFileMarks, ""));
  if (publicKey === undefined) {
    return failure("bad-base64", "expected canonical base64 in p=, got something else");
  }
  const hashes = itemsOf(list, "h");
  const notes = list.get("n")?.value;
  const granularity = list.get("g")?.value;
  const record: KeyRecord = {
    ...(version === undefined ? {} : { version: "DKIM1" }),
    keyType: list.get("k")?.value ?? "rsa",
    ...(hashes === undefined ? {} : { hashes }),
    services: itemsOf(list, "s") ?? ["*"],
    flags: itemsOf(list, "t") ?? [],
    ...(notes === undefined ? {} : { notes: decodeNotes(notes) }),
    publicKey,
    ...(granularity === undefined ? {} : { granularity }),
  };
  return { ok: true, record, warnings: toleratedIn(tags) };
}

const zoneFileMarks = /["\\]/g;

/**
 * Whether a TXT record is meant as a key record. RFC 6376 3.6.1 discards a record with another version, so
 * one with a wrong v= is not; a record without v= must have a p=.
 */
export function claimsToBeKeyRecord(text: string): boolean {
  const { list } = readKeyTags(text.slice(0, MAX_RECORD_OCTETS));
  const first = list.tags[0];
  return first?.name === "v" ? first.value === "DKIM1" : list.get("p") !== undefined;
}

/**
 * Decodes qp-section (RFC 6376 3.6.1): unlike in dkim-quoted-printable, spaces are text. Text that is not
 * quoted-printable is returned unchanged.
 */
function decodeNotes(value: string): string {
  const spaced = value.replaceAll(" ", "=20").replaceAll("\t", "=09");
  return fromOctets(decodeQuotedPrintable(spaced) ?? value);
}

function itemsOf(list: TagList, name: string): readonly string[] | undefined {
  const tag = list.get(name);
  return tag === undefined ? undefined : splitItems(tag.value);
}

function toleratedIn({ list, emptyTags, oddWhiteSpace }: KeyTags): readonly Advice[] {
  const warnings: Advice[] = [];
  if (oddWhiteSpace) {
    warnings.push({
      level: "warning",
      code: "line-break",
      message: "The record has line breaks or other control characters where spaces belong.",
      advice: "Publish the record on one line: some receivers refuse it as it is.",
    });
  }
  if (list.get("p")?.value.search(zoneFileMarks) !== -1) {
    warnings.push({
      level: "warning",
      code: "quotes-in-key",
      message: "The public key (p=) has quotation marks or backslashes in it.",
      advice:
        "Remove them: they belong to zone files. Some receivers refuse the key as it is, others pass them over.",
    });
  }
  if (emptyTags > 0) {
    warnings.push({
      level: "warning",
      code: "empty-tag",
      message: 'There is a ";" with no tag before it.',
      advice: 'Remove the superfluous ";": some receivers refuse the whole record.',
    });
  }
  for (const name of ["h", "s", "t"]) {
    const tag = list.get(name);
    if (tag !== undefined && tag.value.split(":").length !== splitItems(tag.value).length) {
      warnings.push({
        level: "warning",
        code: "empty-list-item",
        message: `${name}= has an empty item.`,
        advice: `Give ${name}= a value, or remove the tag or the superfluous ":".`,
      });
    }
  }
  return warnings;
}

function failure(code: KeyRecordErrorCode, reason: string): Failure {
  return { ok: false, code, reason };
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}...`;
}
