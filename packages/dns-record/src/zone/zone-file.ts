import { argumentCheck, optionsCheck, text as textRule } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";
import { MAX_STRING_OCTETS } from "./zone-line.ts";
import { readEntries, type ZoneEntry, type ZoneToken } from "./zone-scanner.ts";
import { ownerName, type StaticAnswer, Zone, type ZoneProblem } from "./zone.ts";

const MAX_PROBLEMS = 100;

const checkOptions = optionsCheck<{ readonly origin?: string }>(
  "options",
  { origin: textRule },
  invalidOption,
);

/** @throws DnsRecordError "invalid-option". */
export const checkText: (value: unknown) => void = argumentCheck("text", textRule, invalidOption);

/**
 * Reads TXT and CNAME records from a zone file (RFC 1035 5.1): comments, quotes, escapes, parentheses, TTLs
 * and classes, $ORIGIN and $TTL, names relative to the origin (the root unless `origin` or $ORIGIN is set;
 * see `Zone.withoutOrigin`). A name that has only other records is NODATA. Text beyond ASCII is UTF-8.
 *
 * Never throws for the text: lines that cannot be read are in `problems`. TTLs are not kept, and $INCLUDE is not followed.
 *
 * ```ts
 * parseZone('$ORIGIN example.com.\nmail._domainkey TXT "v=DKIM1; p="').entries.size; // 1
 * ```
 */
export function parseZone(text: string, options: { readonly origin?: string } = {}): Zone {
  checkText(text);
  checkOptions(options);
  const reader = new ZoneReader(ownerName(options.origin ?? ""));
  for (const entry of readEntries(text)) reader.read(entry);
  return new Zone(reader.entries, reader.problems, reader.withoutOrigin);
}

class ZoneReader {
  readonly entries = new Map<string, StaticAnswer>();
  readonly problems: ZoneProblem[] = [];
  readonly withoutOrigin = new Set<string>();
  #origin: string;
  #owner: string | undefined;

  constructor(origin: string) {
    this.#origin = origin;
  }

  read(entry: ZoneEntry): void {
    const reason = entry.problem ?? this.#interpret(entry);
    if (reason !== undefined && this.problems.length < MAX_PROBLEMS) {
      this.problems.push({ line: entry.line, reason });
    }
  }

  /** The problem with an entry, or undefined if there is none. */
  #interpret({ sameOwner, tokens }: ZoneEntry): string | undefined {
    const [first] = tokens;
    if (first === undefined) return undefined;
    if (!sameOwner && !first.quoted && first.text.startsWith("$")) return this.#direct(tokens);
    if (!sameOwner) {
      this.#owner = this.#absolute(first.text);
      if (this.#origin === "" && !first.text.endsWith(".")) this.withoutOrigin.add(this.#owner);
    }
    const owner = this.#owner;
    if (owner === undefined) return "a record without an owner name";
    return this.#record(owner, tokens, sameOwner ? 0 : 1);
  }

  #direct([directive, argument]: readonly ZoneToken[]): string | undefined {
    switch (directive?.text.toUpperCase()) {
      case "$ORIGIN":
        if (argument === undefined) return "$ORIGIN without a name";
        this.#origin = this.#absolute(argument.text);
        return undefined;
      case "$TTL":
        return undefined;
      default:
        return "a directive that is not supported; only $ORIGIN and $TTL are";
    }
  }

  #record(owner: string, tokens: readonly ZoneToken[], from: number): string | undefined {
    let at = from;
    while (isTtlOrClass(tokens[at])) at++;
    const type = tokens[at];
    if (type === undefined || type.quoted || !/^[A-Za-z][A-Za-z0-9-]*$/.test(type.text)) {
      return "expected a record type such as TXT";
    }
    const fields = tokens.slice(at + 1);
    switch (type.text.toUpperCase()) {
      case "TXT":
        return this.#addTxt(owner, fields);
      case "CNAME":
        return this.#addCname(owner, fields);
      default:
        if (!this.entries.has(owner)) this.entries.set(owner, []);
        return undefined;
    }
  }

  #addTxt(owner: string, fields: readonly ZoneToken[]): string | undefined {
    if (fields.length === 0) return "TXT without a string";
    const before = this.entries.get(owner) ?? [];
    if (!isTexts(before)) return "a TXT record beside a CNAME";
    const record = fields.map(({ text }) => text).join("");
    // The list is extended, not copied, because a name may have very many records.
    before.push(record);
    this.entries.set(owner, before);
    return fields.some(({ text }) => text.length > MAX_STRING_OCTETS)
      ? `a string of more than ${MAX_STRING_OCTETS} octets, which no DNS server can publish`
      : undefined;
  }

  #addCname(owner: string, [target, ...rest]: readonly ZoneToken[]): string | undefined {
    if (target === undefined || rest.length > 0) return "CNAME without exactly one name";
    const before = this.entries.get(owner);
    if (before !== undefined && !(isTexts(before) && before.length === 0)) {
      return "a CNAME beside other records";
    }
    this.entries.set(owner, { cname: this.#absolute(target.text) });
    return undefined;
  }

  #absolute(name: string): string {
    if (name === "@") return this.#origin;
    if (name.endsWith(".") || this.#origin === "") return ownerName(name);
    return `${ownerName(name)}.${this.#origin}`;
  }
}

function isTexts(answer: StaticAnswer): answer is string[] {
  return Array.isArray(answer);
}

function isTtlOrClass(token: ZoneToken | undefined): boolean {
  if (token === undefined || token.quoted) return false;
  return /^(?:in|[0-9][0-9smhdw]*)$/i.test(token.text);
}
