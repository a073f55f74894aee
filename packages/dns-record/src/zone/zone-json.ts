import { quoted } from "@mailseal/syntax";
import { DnsRecordError } from "../errors.ts";
import { ownerName, type StaticAnswer, toOctets, Zone } from "./zone.ts";

/**
 * Reads a zone from parsed JSON: an object of owner name -> array of TXT records (each one string), or
 * `{"error": "servfail" | "timeout" | "nxdomain"}`, or `{"cname": "name"}`. Text is UTF-8 in DNS. Records
 * of names that differ only in case, or in a dot at the end, are records of one name.
 *
 * ```ts
 * zoneFromJson({ "mail._domainkey.example.com": ["v=DKIM1; p="] }).entries.size; // 1
 * ```
 *
 * @throws DnsRecordError "bad-zone", naming the owner name.
 */
export function zoneFromJson(value: unknown): Zone {
  if (!isObject(value)) {
    throw new DnsRecordError(
      "bad-zone",
      `expected an object of owner name -> TXT records, got ${kindOf(value)}`,
    );
  }
  const entries = new Map<string, StaticAnswer>();
  for (const [name, answer] of Object.entries(value)) {
    const owner = ownerName(name);
    if (owner === "") {
      throw new DnsRecordError("bad-zone", `expected an owner name, got ${quoted(name)}`);
    }
    const read = toAnswer(name, answer);
    const before = entries.get(owner);
    if (before === undefined) {
      entries.set(owner, read);
    } else if (Array.isArray(before) && Array.isArray(read)) {
      entries.set(owner, [...before, ...read]);
    } else {
      throw new DnsRecordError(
        "bad-zone",
        `${quoted(name)} is given twice, and not both times with TXT records; case makes no difference`,
      );
    }
  }
  return new Zone(entries);
}

function toAnswer(name: string, value: unknown): StaticAnswer {
  if (Array.isArray(value)) {
    return value.map((record: unknown, index) => {
      if (typeof record === "string") return toOctets(record);
      throw new DnsRecordError(
        "bad-zone",
        `${quoted(name)}: expected record ${index} to be a string, got ${kindOf(record)}`,
      );
    });
  }
  if (isObject(value)) {
    const { error, cname } = value;
    if (error === "servfail" || error === "timeout" || error === "nxdomain") return { error };
    if (error !== undefined) {
      throw new DnsRecordError(
        "bad-zone",
        `${quoted(name)}: expected "error" to be "servfail", "timeout" or "nxdomain", got ${typeof error === "string" ? quoted(error) : kindOf(error)}`,
      );
    }
    if (typeof cname === "string" && ownerName(cname) !== "") return { cname: ownerName(cname) };
  }
  throw new DnsRecordError(
    "bad-zone",
    `${quoted(name)}: expected an array of strings, {"error": ...} or {"cname": ...}, got ${kindOf(value)}`,
  );
}

function isObject(value: unknown): value is { readonly error?: unknown; readonly cname?: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
