import type { PublicKey } from "@mailseal/crypto";
import {
  argumentCheck,
  either,
  listOf,
  objectWith,
  oneOf,
  type OptionRule,
  optionsCheck,
  text,
} from "@mailseal/errors";
import { encodeBase64, encodeQuotedPrintable } from "@mailseal/syntax";
import { invalidOption } from "../errors.ts";
import { toOctets } from "../zone/zone.ts";

/** The tags of a key record besides its key (RFC 6376 3.6.1). */
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

/** hyphenated-word of RFC 6376 3.5. */
const word: OptionRule = {
  expected: "a word of letters, digits and hyphens",
  accepts: (it) => typeof it === "string" && /^[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(it),
};

const checkKey = argumentCheck(
  "key",
  objectWith("a PublicKey, such as publicKey of a PrivateKey", "toRecordBytes"),
  invalidOption,
);

// An empty list would allow nothing.
const checkOptions = optionsCheck<KeyRecordOptions>(
  "options",
  {
    flags: listOf("words", word, 1),
    hashes: listOf("words", word, 1),
    services: listOf("words", either(word, oneOf(["*"])), 1),
    notes: text,
  },
  invalidOption,
);

/**
 * The text of the TXT record that publishes a key (RFC 6376 3.6.1, RFC 8463 4), in ASCII, without quotes and
 * not split into strings; see `formatZoneLine`.
 *
 * ```ts
 * formatKeyRecord(generateKey({ type: "ed25519" }).publicKey); // "v=DKIM1; k=ed25519; p=..."
 * ```
 *
 * @throws DnsRecordError "invalid-option" for a flag, hash or service that the ABNF does not allow, or an
 *   empty list of them.
 */
export function formatKeyRecord(key: PublicKey, options: KeyRecordOptions = {}): string {
  checkKey(key);
  checkOptions(options);
  const { flags, hashes, services, notes } = options;
  const tags = ["v=DKIM1", `k=${key.type}`];
  if (hashes !== undefined) tags.push(`h=${hashes.join(":")}`);
  if (services !== undefined) tags.push(`s=${services.join(":")}`);
  if (flags !== undefined) tags.push(`t=${flags.join(":")}`);
  if (notes !== undefined) tags.push(`n=${encodeQuotedPrintable(toOctets(notes))}`);
  tags.push(`p=${encodeBase64(key.toRecordBytes())}`);
  return tags.join("; ");
}
