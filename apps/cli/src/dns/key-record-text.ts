import { loadPrivateKey } from "@mailseal/crypto";
import { formatKeyRecord, formatZoneLine, keyRecordName } from "@mailseal/dns-record";
import type { ExpectedKey } from "./published-key.ts";

/** The record of a private key, in the forms in which people enter it. */
export interface KeyRecordTexts {
  /** "mail2026._domainkey.example.com" */
  readonly name: string;
  /** One line, for a form that quotes and splits by itself. */
  readonly line: string;
  /** The line of a zone file. */
  readonly zone: string;
  readonly expected: ExpectedKey;
}

/** @throws KeyError for a key that cannot be read. */
export function keyRecordTexts(domain: string, selector: string, pem: Uint8Array): KeyRecordTexts {
  const { publicKey } = loadPrivateKey(pem);
  const name = keyRecordName(selector, domain);
  const record = formatKeyRecord(publicKey);
  return {
    name,
    line: formatZoneLine(name, record, { style: "line" }),
    zone: formatZoneLine(name, record),
    expected: { domain, selector, publicKey, record },
  };
}
