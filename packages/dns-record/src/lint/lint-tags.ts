import { algorithms } from "@mailseal/crypto";
import type { TagList } from "@mailseal/syntax";
import type { KeyRecord } from "../record/key-record.ts";
import type { Advice } from "./advice.ts";

/** Advice on the tags of a readable record. */
export function lintTags(list: TagList, record: KeyRecord): readonly Advice[] {
  return [
    ...lintVersion(record),
    ...lintFlags(record),
    ...lintHashes(record),
    ...lintServices(record),
    ...lintGranularity(record),
    ...lintKeyText(list),
  ];
}

function lintVersion({ version }: KeyRecord): readonly Advice[] {
  if (version !== undefined) return [];
  return [
    {
      level: "warning",
      code: "version-missing",
      message: "The record has no v=DKIM1.",
      advice:
        "Start the record with v=DKIM1; so that it cannot be confused with another TXT record.",
    },
  ];
}

function lintFlags({ flags }: KeyRecord): readonly Advice[] {
  const advice: Advice[] = [];
  if (flags.includes("y")) {
    advice.push({
      level: "warning",
      code: "testing",
      message: "The domain is only testing DKIM (t=y).",
      advice:
        "Remove the flag y when you have finished testing: until then receivers may ignore the signatures.",
    });
  }
  if (flags.includes("s")) {
    advice.push({
      level: "note",
      code: "no-subdomains",
      message: "The domain of i= must be that of d= itself (t=s).",
      advice: "Remove the flag s if i= has to name subdomains.",
    });
  }
  if (flags.some((flag) => flag !== "y" && flag !== "s")) {
    advice.push({
      level: "note",
      code: "unknown-flag",
      message: "t= has a flag other than y and s, which receivers ignore.",
      advice: "Check the spelling, or remove it.",
    });
  }
  return advice;
}

function lintHashes({ hashes }: KeyRecord): readonly Advice[] {
  if (hashes === undefined) return [];
  const sha1 = hashes.includes("sha1");
  if (hashes.some(isUsableHash)) {
    if (!sha1) return [];
    return [
      {
        level: "warning",
        code: "sha1-listed",
        message: "The key may be used with SHA-1 (h=).",
        advice: "Remove sha1 from h=: nobody may sign with it any more (RFC 8301 3.1).",
      },
    ];
  }
  if (sha1) {
    return [
      {
        level: "error",
        code: "sha1-only",
        message: "The key may only be used with SHA-1 (h=), which receivers no longer accept.",
        advice: "Remove h=, or make it h=sha256 (RFC 8301 3.1).",
      },
    ];
  }
  return [
    {
      level: "error",
      code: "no-usable-hash",
      message: "No signature can use the key, because h= does not allow sha256.",
      advice: "Remove h=, or make it h=sha256.",
    },
  ];
}

/** Whether signatures with this hash are accepted (RFC 8301 3.1). */
function isUsableHash(name: string): boolean {
  for (const { hash, legacy } of algorithms.values()) {
    if (hash === name && !legacy) return true;
  }
  return false;
}

function lintServices({ services }: KeyRecord): readonly Advice[] {
  if (services.includes("*")) return [];
  if (services.includes("email")) {
    return [
      {
        level: "note",
        code: "service-restricted",
        message: "The key is only for email (s=).",
        advice: "Keep it, unless another service has to use the key.",
      },
    ];
  }
  return [
    {
      level: "error",
      code: "service-excludes-mail",
      message: "Signatures of messages cannot use the key, because it is not for email (s=).",
      advice: "Remove s=, or make it s=email.",
    },
  ];
}

function lintGranularity({ granularity }: KeyRecord): readonly Advice[] {
  if (granularity === undefined) return [];
  return [
    {
      level: "warning",
      code: "granularity-obsolete",
      message:
        "g= is obsolete. Old receivers use it, and some refuse every signature if it is empty.",
      advice: "Remove g= (RFC 6376 dropped it).",
    },
  ];
}

function lintKeyText(list: TagList): readonly Advice[] {
  if (!/[ \t\r\n]/.test(list.get("p")?.value ?? "")) return [];
  return [
    {
      level: "warning",
      code: "white-space-in-key",
      message: "The public key (p=) contains white space.",
      advice:
        "Remove it, because some receivers refuse it. If the record has several strings, none may begin or end with a space.",
    },
  ];
}
