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
import { type FieldRemoval, removalsOf } from "../pipeline/mail.ts";
import type { UsableSignature } from "./usable-signature.ts";

/** d= and s= of a signature field, as A-labels in lower case; undefined if the field cannot be read. */
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
 * The signatures of our own domains, to be removed before the message is signed again. This includes fields that
 * are malformed but claim one of our domains: to a verifier they are broken signatures of ours.
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

/** Every d= in a malformed field whose value is a domain name. */
function claimedDomains(value: string): readonly string[] {
  return Array.from(value.matchAll(/(?:^|;)\s*[dD]\s*=([^;]*)/g), ([, text = ""]) =>
    toAsciiDomain(text.replaceAll(/\s+/g, "")),
  ).filter((domain) => domain !== undefined);
}

/**
 * Checks whether the message already carries the signatures that we are about to make, as in a mail loop or
 * on a second pass through the same relay. A field with our d= and s= proves nothing by itself, since anybody
 * can write one. So the message is verified with our own key, which needs no DNS, while it is read for signing.
 * If that passes, our signature is still valid and a second one would add nothing.
 *
 * Undefined if there is no such field, as in nearly all mail.
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
