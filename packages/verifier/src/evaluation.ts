import {
  type BodyHash,
  ByteSink,
  selectSignedFields,
  writeSignedText,
} from "@mailseal/canonicalization";
import { verify as verifySignature } from "@mailseal/crypto";
import type { KeyLookup } from "@mailseal/dns-record";
import type { Message } from "@mailseal/syntax";
import { type CandidateSignature, describe } from "./candidate-signature.ts";
import { chooseKeys, type UsableKey } from "./key-choice.ts";
import { findObjection } from "./local-policy.ts";
import type { LocalPolicy } from "./options.ts";
import type { Match, Result, Verdict, VerdictCode } from "./verdict.ts";

type ReadSignature = Extract<CandidateSignature, { ok: true }>;

/** What is known of a signature before alignment and the rest of the message come in. */
export type Finding = Omit<Verdict, "aligned" | "trusted" | "signatureStart">;

const signedText: ByteSink = new ByteSink();

/** Completes what is known to a finding. */
export function finding(
  result: Result,
  code: VerdictCode,
  reason: string,
  known: Partial<Verdict>,
): Finding {
  return {
    testing: false,
    noSubdomains: false,
    signedFields: [],
    unsignedBodyBytes: 0,
    bodyHash: "none",
    signature: "none",
    ...known,
    result,
    code,
    reason,
  };
}

/**
 * RFC 6376 6.1.2 and 6.1.3 for one signature: choose the key, compare the body hash, verify, and
 * only then ask the local policy, so that a verdict always says what matched.
 */
export function evaluate(
  message: Message,
  read: ReadSignature,
  body: BodyHash,
  lookup: KeyLookup,
  policy: LocalPolicy,
): Finding {
  const { signature, algorithm } = read;
  const bodyHash: Match = sameBytes(body.digest, signature.bodyHash) ? "match" : "mismatch";
  const unsignedBodyBytes =
    signature.bodyLength === undefined ? 0 : body.canonicalBytes - body.hashedBytes;
  const known = { ...describe(signature), bodyHash, unsignedBodyBytes };

  const choice = chooseKeys(lookup, signature, algorithm);
  if (!choice.ok) {
    const withFlags = {
      ...known,
      ...(choice.record === undefined ? {} : flagsOf(choice.record.flags)),
    };
    // No key could help a body that was altered: neither another one, nor a later answer of DNS.
    return bodyHash === "mismatch"
      ? finding(
          "fail",
          "body-hash-mismatch",
          `the body is not as it was signed; and ${choice.reason}`,
          withFlags,
        )
      : finding(choice.result, choice.code, choice.reason, withFlags);
  }

  const signedFields = selectSignedFields(message, signature.signedFields, read.field);
  signedText.reset();
  const { start, end, valueStart } = read.field;
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
  const text = signedText.bytes();
  const verifies = ({ publicKey }: UsableKey): boolean =>
    verifySignature(algorithm.name, publicKey, text, signature.signature);
  const fitting = choice.keys.find(verifies);
  const key = fitting ?? choice.keys[0];
  const withKey = {
    ...known,
    ...flagsOf(key?.record.flags ?? []),
    ...(key === undefined ? {} : { keyBits: key.publicKey.bits }),
    ...(choice.authenticated === undefined ? {} : { authenticatedKey: choice.authenticated }),
    signature: fitting === undefined ? ("mismatch" as const) : ("match" as const),
  };

  if (bodyHash === "mismatch") {
    const what =
      fitting === undefined
        ? "neither the body nor the signed header fields are as they were signed"
        : "the signed header fields are unaltered, but the body is not as it was signed";
    return finding("fail", "body-hash-mismatch", what, withKey);
  }
  if (fitting === undefined) {
    return finding(
      "fail",
      "signature-mismatch",
      "the body is unaltered, but the signed header fields are not as they were signed, or another key signed them",
      withKey,
    );
  }
  if (signature.bodyLength !== undefined && signature.bodyLength > body.canonicalBytes) {
    return finding(
      "permerror",
      "body-length-exceeds-body",
      `l= claims more octets than the body's ${body.canonicalBytes} (RFC 6376 3.5)`,
      withKey,
    );
  }
  const objection = findObjection(
    { signature, algorithm, publicKey: fitting.publicKey, message, signedFields, body },
    policy,
  );
  if (objection !== undefined) {
    return finding("policy", objection.code, objection.reason, withKey);
  }
  return unsignedBodyBytes > 0
    ? finding(
        "pass",
        "pass-partial-body",
        `the signature matches; ${unsignedBodyBytes} octets at the end of the body are not signed (l=)`,
        withKey,
      )
    : finding("pass", "pass", "the signature matches", withKey);
}

function flagsOf(flags: readonly string[]): Pick<Verdict, "testing" | "noSubdomains"> {
  return { testing: flags.includes("y"), noSubdomains: flags.includes("s") };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
