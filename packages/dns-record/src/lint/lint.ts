import { fromTags, type KeyRecordParse, claimsToBeKeyRecord } from "../record/key-record.ts";
import { type KeyTags, MAX_RECORD_OCTETS, readKeyTags } from "../record/key-tags.ts";
import { MAX_STRING_OCTETS } from "../zone/zone-line.ts";
import type { Advice, KeyRecordErrorCode } from "./advice.ts";
import { lintKey } from "./lint-key.ts";
import { lintTags } from "./lint-tags.ts";
import { lintText } from "./lint-text.ts";

/** One TXT record: its whole text, or its strings as published, of at most 255 octets each. */
export type PublishedRecord = string | readonly string[];

/**
 * Advice on a key record for the person who publishes it: the text of one record, or all TXT records at its
 * name. Errors come first, then warnings, then notes; empty if there is nothing to report. Never throws.
 *
 * ```ts
 * for (const { level, message, advice } of lintKeyRecord("v=DKIM1; t=y; p=")) {
 *   console.log(`${level}: ${message} ${advice}`);
 * }
 * ```
 */
export function lintKeyRecord(published: string | readonly PublishedRecord[]): readonly Advice[] {
  const records: readonly PublishedRecord[] =
    typeof published === "string" ? [published] : published;
  const keyRecords = records.filter((record) => claimsToBeKeyRecord(textOf(record)));
  // If none looks like a key record, the first may be a badly broken one.
  const checked = keyRecords.length > 0 ? keyRecords : records.slice(0, 1);
  const advice = [...lintCount(records.length, keyRecords.length), ...checked.flatMap(lintRecord)];
  const order = ["error", "warning", "note"];
  return advice.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
}

function textOf(record: PublishedRecord): string {
  return typeof record === "string" ? record : record.join("");
}

function lintCount(records: number, keyRecords: number): readonly Advice[] {
  if (records === 0) {
    return [
      {
        level: "error",
        code: "no-record",
        message: "There is no TXT record.",
        advice: "Publish the key record.",
      },
    ];
  }
  if (keyRecords > 1) {
    return [
      {
        level: "error",
        code: "several-records",
        message: `The name has ${keyRecords} key records.`,
        advice:
          "Keep one, because a receiver may use any of them (RFC 6376 3.6.2.2). Publish a new key under a new selector.",
      },
    ];
  }
  if (keyRecords === 1 && records > 1) {
    return [
      {
        level: "warning",
        code: "other-record",
        message: "The name of the key has other TXT records.",
        advice: "Remove them, because some receivers use the first record as the key.",
      },
    ];
  }
  return [];
}

function lintRecord(published: PublishedRecord): readonly Advice[] {
  const text = textOf(published);
  const advice = typeof published === "string" ? [] : lintStrings(published);
  if (text.length > MAX_RECORD_OCTETS) {
    return [
      ...advice,
      {
        level: "error",
        code: "record-too-long",
        message: `The record has ${text.length} octets, more than ${MAX_RECORD_OCTETS}.`,
        advice: "Publish only the key record: no key needs that much.",
      },
    ];
  }
  const tags = readKeyTags(text);
  const parsed = fromTags(tags);
  return [...advice, ...lintText(text, tags, parsed), ...lintContent(tags, parsed)];
}

function lintStrings(strings: readonly string[]): readonly Advice[] {
  const longest = strings.reduce((most, { length }) => Math.max(most, length), 0);
  if (longest <= MAX_STRING_OCTETS) return [];
  return [
    {
      level: "error",
      code: "string-too-long",
      message: `A string of the record has ${longest} octets; DNS allows ${MAX_STRING_OCTETS}.`,
      advice:
        "Split the text into several strings, each in quotes, without anything added at the boundaries.",
    },
  ];
}

function lintContent({ list }: KeyTags, parsed: KeyRecordParse): readonly Advice[] {
  if (parsed.ok) {
    return [...parsed.warnings, ...lintTags(list, parsed.record), ...lintKey(parsed.record)];
  }
  const isKeyRecord = list.tags.length > 0 || parsed.code !== "syntax";
  return [
    {
      level: "error",
      code: isKeyRecord ? parsed.code : "not-a-key-record",
      message: `The record cannot be read: ${parsed.reason}.`,
      advice: remedies[parsed.code],
    },
  ];
}

const remedies: Readonly<Record<KeyRecordErrorCode, string>> = {
  syntax: 'Write the record as name=value pairs with ";" between them: v=DKIM1; k=rsa; p=...',
  "duplicate-tag": "Keep one of the two: receivers ignore the whole record.",
  "too-many-tags": "Publish only the tags a key record has: v, k, h, s, t, n and p.",
  "record-too-long": "Publish only the key record: no key needs that much.",
  "bad-version": "Start the record with v=DKIM1; in exactly this spelling.",
  "missing-public-key":
    "Add p= with the public key in base64. An empty p= would mean that the key is revoked.",
  "bad-base64": "Copy the key again, completely and without other characters.",
};
