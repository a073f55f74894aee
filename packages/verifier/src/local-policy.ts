import type { BodyHash } from "@mailseal/canonicalization";
import type { Algorithm, PublicKey } from "@mailseal/crypto";
import { type DkimSignature, fieldText, type HeaderField, type Message } from "@mailseal/syntax";
import { findMalformation } from "./malformed-header.ts";
import type { LocalPolicy } from "./options.ts";
import { singletonFields } from "./singleton-fields.ts";
import type { VerdictCode } from "./verdict.ts";

/** A signature that matches, with everything that the local policy examines. */
export interface MatchingSignature {
  readonly signature: DkimSignature;
  readonly algorithm: Algorithm;
  readonly publicKey: PublicKey;
  readonly message: Message;
  readonly signedFields: readonly HeaderField[];
  readonly body: BodyHash;
}

export interface Objection {
  readonly code: VerdictCode;
  readonly reason: string;
}

type Rule = (matching: MatchingSignature, localPolicy: LocalPolicy) => Objection | undefined;

/** The first objection of the local policy to a signature that matches. The most serious rules come first. */
export function findObjection(
  matching: MatchingSignature,
  localPolicy: LocalPolicy,
): Objection | undefined {
  for (const rule of rules) {
    const objection = rule(matching, localPolicy);
    if (objection !== undefined) {
      return objection;
    }
  }
  return undefined;
}

const rules: readonly Rule[] = [
  function algorithmAllowed({ algorithm }, { allowAlgorithms }) {
    return !algorithm.legacy || allowAlgorithms.has(algorithm.name)
      ? undefined
      : {
          code: "algorithm-not-allowed",
          reason: `the signature matches, but ${algorithm.name} must not be relied on (RFC 8301 3.1)`,
        };
  },
  function keyLongEnough({ publicKey }, { minimumRsaBits }) {
    return publicKey.type !== "rsa" || publicKey.bits >= minimumRsaBits
      ? undefined
      : {
          code: "key-too-short",
          reason: `the signature matches, but its RSA key has ${publicKey.bits} bits, fewer than the ${minimumRsaBits} required (RFC 8301 3.2)`,
        };
  },
  function oneFrom({ message }) {
    const count = message.byKey.get("from")?.length ?? 0;
    return count === 1
      ? undefined
      : {
          code: count === 0 ? "no-from" : "several-from",
          reason: `the signature matches, but the message has ${count} From fields, and RFC 5322 requires exactly one`,
        };
  },
  function noUnsignedCopies({ message, signedFields }) {
    for (const name of singletonFields) {
      const instances = message.byKey.get(name);
      if (instances !== undefined && instances.length > 1) {
        const signed = signedFields.filter(({ key }) => key === name).length;
        if (signed > 0 && signed < instances.length) {
          return {
            code: "duplicate-field",
            reason: `the signature matches, but ${instances.length - signed} further ${name} field(s) beside the signed one are not signed (RFC 6376 8.15)`,
          };
        }
      }
    }
    return undefined;
  },
  function headerWellFormed({ message }) {
    const malformation = findMalformation(message);
    return malformation === undefined
      ? undefined
      : {
          code: "malformed-header",
          reason: `the signature matches, but the header has ${malformation.reason} at offset ${malformation.offset}, so that programs disagree on the content of the message`,
        };
  },
  function requiredFieldsSigned({ message, signature }, { requiredFields }) {
    const missing = requiredFields.find(
      (name) => message.byKey.has(name) && !signature.signedFields.includes(name),
    );
    return missing === undefined
      ? undefined
      : {
          code: "required-field-unsigned",
          reason: `the signature matches, but does not cover ${missing}, which is required here`,
        };
  },
  function bodyCovered({ signature, message, signedFields, body }) {
    const unsigned = body.canonicalBytes - body.hashedBytes;
    if (signature.bodyLength === undefined || unsigned === 0) {
      return undefined;
    }
    if (body.hashedBytes === 0) {
      return {
        code: "body-unsigned",
        reason: `the signature matches, but l=0 leaves the whole body of ${unsigned} octets unsigned (RFC 6376 8.2)`,
      };
    }
    return unsignedTailCanReplaceBody(message, signedFields)
      ? {
          code: "body-unsigned",
          reason: `the signature matches, but l= leaves ${unsigned} octets unsigned that can replace what is shown (RFC 6376 8.2)`,
        }
      : undefined;
  },
  function notExpired({ signature: { expiration } }, { now, clockSkewSeconds }) {
    return expiration === undefined || now <= expiration + clockSkewSeconds
      ? undefined
      : {
          code: "expired",
          reason: `the signature matches, but expired ${now - expiration} seconds ago, x=${expiration}`,
        };
  },
  function notFromTheFuture({ signature: { timestamp } }, { now, clockSkewSeconds }) {
    return timestamp === undefined || timestamp <= now + clockSkewSeconds
      ? undefined
      : {
          code: "signed-in-future",
          reason: `the signature matches, but claims to be made ${timestamp - now} seconds from now, t=${timestamp}`,
        };
  },
];

/**
 * Whether the octets that l= leaves unsigned can hide or replace what was signed (RFC 6376 8.2).
 *
 * l= was made for text that is added after signed plain text. But if the body has parts, others can be added or
 * shown instead; HTML can cover what comes before it; and if Content-Type or the encoding is not signed, the
 * signed text itself can be made invisible.
 */
function unsignedTailCanReplaceBody(
  message: Message,
  signedFields: readonly HeaderField[],
): boolean {
  const types = message.byKey.get("content-type") ?? [];
  const encodings = message.byKey.get("content-transfer-encoding") ?? [];
  return (
    types.some((field) => !/^text\/plain[ \t]*(?:;|$)/i.test(fieldText(message, field))) ||
    encodings.some(
      (field) =>
        !signedFields.includes(field) && !/^(?:7bit|8bit|binary)$/i.test(fieldText(message, field)),
    )
  );
}
