import type { SigningSettings } from "@mailseal/policy/config";
import type { ImportNotes, Place } from "./imported-config.ts";
import type { DatasetEntry } from "./opendkim-files.ts";

/** What KeyTable and SigningTable say, by From domain pattern as ours. */
export type DomainSigning = ReadonlyMap<string, readonly KeyChoice[]>;

/** One key of KeyTable, as one signature of ours. */
export interface KeyChoice {
  /** The signing domain; undefined for `%`, the From domain. */
  readonly domain?: string;
  readonly selector: string;
  readonly key?: string;
  readonly keyText?: string;
}

/** KeyTable: `name domain:selector:key`, where key is a path or the key itself. */
export function readKeyTable(
  entries: readonly DatasetEntry[],
  notes: ImportNotes,
): ReadonlyMap<string, KeyChoice> {
  const keys = new Map<string, KeyChoice>();
  for (const { key: name, value, ...place } of entries) {
    const [domain = "", selector = "", ...rest] = value.split(":");
    const key = rest.join(":");
    if (domain === "" || selector === "" || key === "") {
      notes.add(place, `KeyTable: expected domain:selector:key, got something else for ${name}`);
      continue;
    }
    keys.set(name, {
      ...(domain === "%" ? {} : { domain }),
      selector,
      ...(/^\.{0,2}\//.test(key) ? { key: key.replaceAll("%", "%{d}") } : { keyText: key }),
    });
  }
  return keys;
}

/** SigningTable: a pattern of From addresses, and the name of a key. */
export function readSigningTable(
  entries: readonly DatasetEntry[],
  keys: ReadonlyMap<string, KeyChoice>,
  notes: ImportNotes,
): DomainSigning {
  const byPattern = new Map<string, KeyChoice[]>();
  for (const { key: pattern, value: name, ...place } of entries) {
    const key = keys.get(name);
    const domain = domainPatternOf(pattern);
    if (key === undefined) {
      notes.add(place, `SigningTable: there is no key ${name} in KeyTable`);
    } else if (domain === undefined) {
      notes.add(
        place,
        `SigningTable: ${pattern} cannot be said by domain; use the hook beforeSign`,
      );
    } else {
      byPattern.set(domain, [...(byPattern.get(domain) ?? []), key]);
    }
  }
  return byPattern;
}

/** `*@example.com`, `example.com` -> example.com; `*@*.example.com`, `.example.com` -> *.example.com; `*` -> *. */
function domainPatternOf(pattern: string): string | undefined {
  const domain = pattern.replace(/^\*@/, "").replace(/^\.(?=.)/, "*.");
  if (domain === "*" || domain === "%") {
    return "*";
  }
  return /^(?:\*\.)?[^*@\s%]+$/.test(domain) ? domain : undefined;
}

/** The choices of one pattern as a scope of ours. OpenDKIM uses the first, unless told to use all. */
export function signingOf(
  choices: readonly KeyChoice[],
  pattern: string,
  {
    all,
    place,
    notes,
  }: { readonly all: boolean; readonly place: Place; readonly notes: ImportNotes },
): SigningSettings {
  const own = (choice: KeyChoice): KeyChoice => {
    const { domain, ...rest } = choice;
    return domain === undefined || domain === pattern ? rest : choice;
  };
  const [first, ...further] = choices.map(own);
  if (first === undefined) {
    return {};
  }
  if (further.length > 0 && !all) {
    notes.add(
      place,
      `SigningTable: only the first key of ${pattern} is used (MultipleSignatures is off)`,
    );
  }
  return further.length > 0 && all ? { signatures: [first, ...further] } : { ...first };
}
