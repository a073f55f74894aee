import { legacyAlgorithmNames } from "@mailseal/crypto";
import { formatKeyRecord, type KeySource, parseKeyRecord } from "@mailseal/dns-record";
import {
  fieldValue,
  type HeaderField,
  type Message,
  parseSignature,
  toAsciiDomain,
} from "@mailseal/syntax";
import { Verification } from "@mailseal/verifier";
import { removalsOf } from "../pipeline/mail.ts";
import type { FieldRemoval } from "../pipeline/mail.ts";
import type { UsableSignature } from "./usable-signature.ts";

/** d= and s= of a signature field, A-labels in lower case; undefined where it cannot be read. */
function namesIn(
  message: Message,
  field: HeaderField,
): { readonly domain: string; readonly selector: string } | undefined {
  const parsed = parseSignature(fieldValue(message, field));
  return parsed.ok
    ? {
        domain: parsed.signature.domain.toLowerCase(),
        selector: parsed.signature.selector.toLowerCase(),
      }
    : undefined;
}

/**
 * The signatures of our own domains, which go where the message is signed anew: those too that cannot be
 * read as a whole, which no verifier takes for more than a broken one of ours.
 */
export function oldSignatures(
  message: Message,
  isOwn: (domain: string) => boolean,
): readonly FieldRemoval[] {
  return removalsOf(message, "dkim-signature", (field) => {
    const names = namesIn(message, field);
    return names === undefined
      ? claimedDomains(fieldValue(message, field)).some(isOwn)
      : isOwn(names.domain);
  });
}

/** Every d= of a field that is not well-formed, as far as it is a domain name. */
function claimedDomains(value: string): readonly string[] {
  return Array.from(value.matchAll(/(?:^|;)\s*[dD]\s*=([^;]*)/g), ([, text = ""]) =>
    toAsciiDomain(text.replaceAll(/\s+/g, "")),
  ).filter((domain) => domain !== undefined);
}

/**
 * Whether the message carries signatures that we are about to make, which is how a loop, or a second
 * pass through the same relay, shows: a field with our d= and s=. Such a field proves nothing by itself,
 * since anybody can write one. So the message is verified with our own key, which needs no DNS, while it is
 * read for signing; where that passes, our signature stands, and another would say the same.
 *
 * Undefined where there is no such field, and so for nearly all mail.
 */
export function verificationOfOwn(
  message: Message,
  signatures: readonly UsableSignature[],
  nowSeconds: number,
): Verification | undefined {
  const fields = message.byKey.get("dkim-signature") ?? [];
  const claimsOurs = fields.some((field) => {
    const names = namesIn(message, field);
    return (
      names !== undefined &&
      signatures.some(
        ({ configured, selector }) =>
          configured.domain === names.domain && selector === names.selector,
      )
    );
  });
  return claimsOurs
    ? new Verification(
        {
          keys: ownKeys(signatures),
          now: nowSeconds,
          minimumRsaBits: 512,
          allowAlgorithms: legacyAlgorithmNames(),
        },
        message,
      )
    : undefined;
}

function ownKeys(signatures: readonly UsableSignature[]): KeySource {
  return {
    find(selector, domain) {
      const ours = signatures.find(
        ({ configured, selector: own }) =>
          configured.domain === domain.toLowerCase() && own === selector.toLowerCase(),
      );
      if (ours === undefined) return { status: "nxdomain" };
      const { publicKey } = ours.key;
      const parsed = parseKeyRecord(formatKeyRecord(publicKey));
      return parsed.ok
        ? { status: "found", candidates: [{ ok: true, record: parsed.record, publicKey }] }
        : { status: "nodata" };
    },
  };
}
