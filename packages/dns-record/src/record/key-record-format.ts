import type { PublicKey } from "@mailseal/crypto";
import { encodeBase64, encodeQuotedPrintable, quoted } from "@mailseal/syntax";
import { DnsRecordError } from "../errors.ts";
import { toOctets } from "../zone/zone.ts";

export interface KeyRecordOptions {
  /** t=, for example "y" (testing) and "s" (no subdomains in i=). */
  readonly flags?: readonly string[];
  /** h=, the hashes the key may be used with. Leave it out for new keys: all hashes are allowed then. */
  readonly hashes?: readonly string[];
  /** s=, for example "email". All services if it is left out. */
  readonly services?: readonly string[];
  /** n=, notes for people. They become public. */
  readonly notes?: string;
}

/**
 * The text of the TXT record that publishes a key (RFC 6376 3.6.1, RFC 8463 4), in ASCII, without quotes and
 * not split into strings; see `formatZoneLine`.
 *
 * @throws DnsRecordError "invalid-option" for a flag, hash or service that the ABNF does not allow, or an
 *   empty list of them.
 */
export function formatKeyRecord(key: PublicKey, options: KeyRecordOptions = {}): string {
  const { flags, hashes, services, notes } = options;
  const tags = ["v=DKIM1", `k=${key.type}`];
  if (hashes !== undefined) tags.push(`h=${join("hashes", hashes)}`);
  if (services !== undefined) tags.push(`s=${join("services", services)}`);
  if (flags !== undefined) tags.push(`t=${join("flags", flags)}`);
  if (notes !== undefined) tags.push(`n=${encodeQuotedPrintable(toOctets(notes))}`);
  tags.push(`p=${encodeBase64(key.toRecordBytes())}`);
  return tags.join("; ");
}

/** hyphenated-word of RFC 6376 3.5. */
const word = /^[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;

function join(option: "flags" | "hashes" | "services", items: readonly string[]): string {
  if (items.length === 0) {
    throw new DnsRecordError(
      "invalid-option",
      `expected ${option} to have an item, got none; leave the option out instead`,
    );
  }
  for (const item of items) {
    if (!word.test(item) && !(option === "services" && item === "*")) {
      throw new DnsRecordError(
        "invalid-option",
        `expected ${option} to be words of letters, digits and hyphens, got ${quoted(item)}`,
      );
    }
  }
  return items.join(":");
}
