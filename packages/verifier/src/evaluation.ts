import {
  type BodyHash,
  ByteSink,
  selectSignedFields,
  writeSignedText,
} from "@mailseal/canonicalization";
import { verify as verifySignature } from "@mailseal/crypto";
import type { KeyLookup, KeyRecord } from "@mailseal/dns-record";
import type { HeaderField, Message } from "@mailseal/syntax";
import type { ReadSignature } from "./candidate-signature.ts";
import { type Conclusion, type Facts, factsOf, type Finding } from "./facts.ts";
import { chooseKeys, type UsableKey } from "./key-choice.ts";
import { findObjection } from "./local-policy.ts";
import type { LocalPolicy } from "./options.ts";
import type { Result, VerdictCode } from "./verdict.ts";

const signedText: ByteSink = new ByteSink();

/**
 * RFC 6376 6.1.2 and 6.1.3 for one signature: choose the key, compare the body hash, verify, and
 * only then apply the local policy, so that a verdict always says what matched.
 */
export function evaluate(
  message: Message,
  read: ReadSignature,
  body: BodyHash,
  lookup: KeyLookup,
  localPolicy: LocalPolicy,
): Finding {
  const facts = factsOf(read.signature);
  const { result, code, reason } = conclude(message, read, body, lookup, localPolicy, facts);
  return { result, code, reason, facts };
}

/** Fills in the facts as they become known. */
function conclude(
  message: Message,
  read: ReadSignature,
  body: BodyHash,
  lookup: KeyLookup,
  localPolicy: LocalPolicy,
  facts: Facts,
): Conclusion {
  const { signature, algorithm } = read;
  facts.bodyHash = sameBytes(body.digest, signature.bodyHash) ? "match" : "mismatch";
  if (signature.bodyLength !== undefined) {
    facts.unsignedBodyBytes = body.canonicalBytes - body.hashedBytes;
  }

  const choice = chooseKeys(lookup, signature, algorithm);
  if (!choice.ok) {
    noteFlags(facts, choice.record);
    // No other key and no later DNS answer can help a body that was altered.
    return facts.bodyHash === "mismatch"
      ? conclusion(
          "fail",
          "body-hash-mismatch",
          `the body is not as it was signed; and ${choice.reason}`,
        )
      : choice;
  }

  const signedFields = selectSignedFields(message, signature.signedFields, read.field);
  const text = signedTextOf(message, read, signedFields);
  const verifies = ({ publicKey }: UsableKey): boolean =>
    verifySignature(algorithm.name, publicKey, text, signature.signature);
  const fitting = choice.keys.find(verifies);
  const key = fitting ?? choice.keys[0];
  noteFlags(facts, key?.record);
  if (key !== undefined) facts.keyBits = key.publicKey.bits;
  if (choice.authenticated !== undefined) facts.authenticatedKey = choice.authenticated;
  facts.signature = fitting === undefined ? "mismatch" : "match";

  if (facts.bodyHash === "mismatch") {
    const what =
      fitting === undefined
        ? "neither the body nor the signed header fields are as they were signed"
        : "the signed header fields are unaltered, but the body is not as it was signed";
    return conclusion("fail", "body-hash-mismatch", what);
  }
  if (fitting === undefined) {
    return conclusion(
      "fail",
      "signature-mismatch",
      "the body is unaltered, but the signed header fields are not as they were signed, or another key signed them",
    );
  }
  if (signature.bodyLength !== undefined && signature.bodyLength > body.canonicalBytes) {
    return conclusion(
      "permerror",
      "body-length-exceeds-body",
      `l= claims more octets than the body's ${body.canonicalBytes} (RFC 6376 3.5)`,
    );
  }
  const objection = findObjection(
    { signature, algorithm, publicKey: fitting.publicKey, message, signedFields, body },
    localPolicy,
  );
  if (objection !== undefined) {
    return conclusion("policy", objection.code, objection.reason);
  }
  return facts.unsignedBodyBytes > 0
    ? conclusion(
        "pass",
        "pass-partial-body",
        `the signature matches; ${facts.unsignedBodyBytes} octets at the end of the body are not signed (l=)`,
      )
    : conclusion("pass", "pass", "the signature matches");
}

function conclusion(result: Result, code: VerdictCode, reason: string): Conclusion {
  return { result, code, reason };
}

/** The view is valid until the next call. */
function signedTextOf(
  message: Message,
  { field: { start, end, valueStart }, signature }: ReadSignature,
  signedFields: readonly HeaderField[],
): Uint8Array {
  signedText.reset();
  writeSignedText(
    signedText,
    message,
    signedFields,
    {
      bytes: message.bytes,
      start,
      end,
      valueStart: valueStart + signature.signatureStart,
      valueEnd: valueStart + signature.signatureEnd,
    },
    signature.headerCanonicalization,
  );
  return signedText.bytes();
}

function noteFlags(facts: Facts, record: KeyRecord | undefined): void {
  facts.testing = record?.flags.includes("y") ?? false;
  facts.noSubdomains = record?.flags.includes("s") ?? false;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
